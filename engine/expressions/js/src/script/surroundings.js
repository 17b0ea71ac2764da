// The globals that a script finds beside its data: Buffer, text coders, timers, `console`, a `require` that refuses.

import { DateTime, Duration, Interval } from "../luxon.js";

/** Loaded when a script first asks for it: most never do. */
const buffer = () => require("buffer").Buffer;

class TextEncoder {
  encode(text = "") {
    return new Uint8Array(buffer().from(String(text), "utf8"));
  }
}

class TextDecoder {
  decode(bytes = new Uint8Array()) {
    const view = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
    return buffer().from(view.buffer, view.byteOffset, view.byteLength).toString("utf8");
  }
}

function requireNothing(name) {
  throw new Error(`Module '${name}' is disallowed`);
}

/** `console`, whose lines go to `log`. */
export function consoleOf(log) {
  const write = (...values) => void log.push(values.map(printed).join(" "));
  return { log: write, info: write, warn: write, error: write, debug: write, trace: write };
}

function printed(value) {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.stack ?? String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}

/** Timers that wait until `run` is called after they are due. */
export class Timers {
  #waiting = new Map();
  #next = 1;

  get waiting() {
    return this.#waiting.size > 0;
  }

  /** Calls what is due, earliest first. */
  run() {
    const now = Date.now();
    const due = [...this.#waiting].filter(([, timer]) => timer.due <= now).sort(([, a], [, b]) => a.due - b.due);
    for (const [id, { call, every }] of due) {
      if (!this.#waiting.has(id)) continue;
      if (every === undefined) this.#waiting.delete(id);
      else this.#waiting.get(id).due = now + every;
      call();
    }
  }

  #start(callback, delay, args, repeats) {
    const wait = Math.max(1, Number(delay) || 0);
    const id = this.#next++;
    const every = repeats ? wait : undefined;
    this.#waiting.set(id, { due: Date.now() + wait, call: () => callback(...args), every });
    return id;
  }

  functions() {
    const stop = (id) => void this.#waiting.delete(id);
    return {
      setTimeout: (callback, delay, ...args) => this.#start(callback, delay, args, false),
      setInterval: (callback, delay, ...args) => this.#start(callback, delay, args, true),
      setImmediate: (callback, ...args) => this.#start(callback, 0, args, false),
      clearTimeout: stop,
      clearInterval: stop,
      clearImmediate: stop,
    };
  }
}

const SURROUNDINGS = {
  get Buffer() {
    return buffer();
  },
  DateTime,
  Duration,
  Interval,
  TextDecoder,
  TextEncoder,
  atob: (text) => buffer().from(String(text), "base64").toString("latin1"),
  btoa: (text) => buffer().from(String(text), "latin1").toString("base64"),
  require: requireNothing,
};

/** Names that a script has no use for, or that belong to the host. */
const REMOVED = ["WebAssembly", "SharedArrayBuffer", "Atomics", "__timer_manager"];

/** Prepares the globals of the realm for a script. */
export function furnish(others) {
  for (const name of REMOVED) define(name, { value: undefined });
  surround(SURROUNDINGS);
  surround(others);
  Object.defineProperty(BigInt.prototype, "toJSON", { value: bigAsText, configurable: true });
}

function bigAsText() {
  return this.toString();
}

/** Defines globals by name, as values or getters. */
export function surround(fields) {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(fields))) define(name, property);
}

/** The host has made some globals permanent: those are overwritten. */
function define(name, property) {
  const existing = Object.getOwnPropertyDescriptor(globalThis, name);
  if (existing?.configurable === false) globalThis[name] = property.value;
  else Object.defineProperty(globalThis, name, { ...property, configurable: true, enumerable: false });
}
