// The global names that an expression can see: JavaScript's harmless ones, n8n's functions, and empty stubs.

import { callable, extend, extendOptional } from "./extensions/index.js";
import { FUNCTIONS } from "./functions.js";
import { checkKey, writable } from "./guards.js";
import { DateTime, Duration, Interval } from "./luxon.js";

const NATIVE =
  "Array ArrayBuffer BigInt BigInt64Array BigUint64Array Boolean DataView Date Error EvalError Float32Array " +
  "Float64Array Infinity Int16Array Int32Array Int8Array Intl JSON Map Math NaN Number RangeError ReferenceError " +
  "RegExp Set String Symbol SyntaxError TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray " +
  "WeakMap WeakSet decodeURI decodeURIComponent encodeURI encodeURIComponent isFinite isNaN parseFloat parseInt";

/** n8n has these names, and nothing behind them. */
const STUBS =
  "document global window Window globalThis self alert prompt confirm eval uneval setTimeout setInterval Function " +
  "fetch XMLHttpRequest Promise Generator GeneratorFunction AsyncFunction AsyncGenerator AsyncGeneratorFunction " +
  "Reflect Proxy WebAssembly Atomics";

const STUB = Object.freeze({});

/** What `process` shows of a host that is not there. */
const process = Object.freeze({
  arch: "x64",
  env: STUB,
  pid: 1,
  platform: "linux",
  ppid: 0,
  release: Object.freeze({ name: "node" }),
  version: "v20.0.0",
  versions: Object.freeze({ node: "20.0.0" }),
});

/** `Object` without what reaches prototypes and descriptors. */
function SafeObject(value) {
  return value === undefined || value === null ? {} : Object(value);
}
SafeObject.prototype = Object.prototype;
const INHERITED =
  "entries fromEntries getOwnPropertyNames getOwnPropertySymbols groupBy hasOwn is isExtensible isFrozen isSealed " +
  "keys values";
for (const name of INHERITED.split(" ")) SafeObject[name] = Object[name];
SafeObject.assign = (target, ...sources) => Object.assign(writable(target), ...sources);
SafeObject.create = (prototype) => Object.create(prototype);
SafeObject.freeze = (value) => Object.freeze(writable(value));
SafeObject.seal = (value) => Object.seal(writable(value));
SafeObject.preventExtensions = (value) => Object.preventExtensions(writable(value));
Object.defineProperty(SafeObject, "name", { value: "Object" });

function SharedArrayBuffer() {
  throw new TypeError("SharedArrayBuffer is not available");
}

function sanitize(key) {
  return checkKey(key);
}

/** Every visible global by name. */
export const GLOBALS = Object.freeze({
  __proto__: null,
  ...Object.fromEntries(NATIVE.split(" ").map((name) => [name, globalThis[name]])),
  ...Object.fromEntries(STUBS.split(" ").map((name) => [name, STUB])),
  ...FUNCTIONS,
  Object: SafeObject,
  SharedArrayBuffer,
  DateTime,
  Duration,
  Interval,
  process,
  extend: callable(extend, checkKey),
  extendOptional: callable(extendOptional, checkKey),
  __sanitize: sanitize,
});

export const isGlobal = (name) => Object.hasOwn(GLOBALS, name);

/** `this` of an expression, and of functions in it that are called without one. */
export const thisOf = (self) => (self === undefined ? { process: {} } : self);

