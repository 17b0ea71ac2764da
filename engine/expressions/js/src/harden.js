// The realm of expressions, made safe to keep: everything that an expression can reach is frozen or gone.

import { GLOBALS } from "./globals.js";
import { Data } from "./data.js";
import { jmespath } from "./jmespath.js";
import { settle } from "./luxon.js";
import { Reference } from "./nodes.js";

/** Called once, before the first expression. Answers the number of frozen objects. Not for the realm of scripts. */
export function harden() {
  jmespath({}, "loaded");
  removeState();
  stubConstructors();
  const reached = reachable([globalThis, GLOBALS, Data, Reference, jmespath, ...hiddenPrototypes(), ...settle()]);
  for (const object of reached) if (!ArrayBuffer.isView(object)) Object.freeze(object);
  return reached.size;
}

const REMOVED =
  "WebAssembly SharedArrayBuffer Atomics FinalizationRegistry WeakRef console eval setTimeout clearTimeout " +
  "setInterval clearInterval setImmediate queueMicrotask __timer_manager";

/** Names that reach the host or the clock, and state that one evaluation could leave to the next. */
function removeState() {
  for (const name of REMOVED.split(" ")) {
    if (!Reflect.deleteProperty(globalThis, name)) globalThis[name] = undefined;
  }
  for (const name of Object.getOwnPropertyNames(RegExp)) {
    if (!["length", "name", "prototype", "escape"].includes(name)) Reflect.deleteProperty(RegExp, name);
  }
  delete Error.captureStackTrace;
  delete Error.stackTraceLimit; // without it, no traces are taken: they are slow, and tell of this file
}

/** No function reaches the constructors that compile text. */
function stubConstructors() {
  const stub = () => {
    throw new TypeError("Code cannot be made from text");
  };
  for (const prototype of functionPrototypes()) {
    Object.defineProperty(prototype, "constructor", { value: stub, writable: false, configurable: false });
  }
  globalThis.Function = stub;
}

function functionPrototypes() {
  const kinds = [function () {}, function* () {}, async function () {}, async function* () {}];
  return kinds.map(Object.getPrototypeOf);
}

/** Prototypes that no global leads to. */
function hiddenPrototypes() {
  const iterators = [[][Symbol.iterator](), ""[Symbol.iterator](), new Map().keys(), new Set().keys()];
  iterators.push("".matchAll(/./g), (function* () {})(), (async function* () {})(), new Intl.Segmenter().segment("a"));
  iterators.push(new Intl.Segmenter().segment("a")[Symbol.iterator](), [].values().map?.((each) => each));
  return [...iterators.filter(Boolean).map(Object.getPrototypeOf), ...functionPrototypes()];
}

function reachable(roots) {
  const seen = new Set();
  const queue = [...roots];
  for (const value of queue) {
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
    seen.add(value);
    queue.push(Object.getPrototypeOf(value));
    for (const property of Object.values(Object.getOwnPropertyDescriptors(value))) {
      queue.push(property.value, property.get, property.set);
    }
    for (const symbol of Object.getOwnPropertySymbols(value)) {
      const property = Object.getOwnPropertyDescriptor(value, symbol);
      queue.push(property.value, property.get, property.set);
    }
  }
  return seen;
}
