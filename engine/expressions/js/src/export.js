// Values leaving the realm: a JSON copy, in which what JSON cannot say is tagged `{"$js": …}`.

import { TemplateError } from "./errors.js";
import { DateTime } from "./luxon.js";

const TAG = "$js";
const UNDEFINED = Object.freeze({ [TAG]: "undefined" });
const MAX_DEPTH = 400;

/** A list of exported values and the positions of those that hold tags. */
export class Column {
  v = [];
  s = [];
  e = {};

  /** Adds a value. Throws what the value's own `toJSON` throws, and on cycles. */
  push(value) {
    switch (typeof value) {
      case "string":
      case "boolean":
        this.v.push(value);
        return;
      case "number":
        if (Number.isFinite(value)) this.v.push(value);
        else this.#tagged(value);
        return;
      case "function":
        throw new TemplateError("this is a function, please add ()");
      case "object":
        if (isJson(value, 0)) this.v.push(value);
        else this.#tagged(value);
        return;
      default:
        this.#tagged(value);
    }
  }

  fail(error) {
    this.e[this.v.length] = error;
    this.v.push(null);
  }

  #tagged(value) {
    const copy = new Copy();
    this.v.push(copy.of(value));
    if (copy.tags) this.s.push(this.v.length - 1);
  }
}

/** Whether `JSON.stringify` says exactly what the value is. */
function isJson(value, depth) {
  if (value === null) return true;
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      break;
    default:
      return false;
  }
  if (depth > MAX_DEPTH || value.toJSON !== undefined) return false;
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) {
    for (let index = 0; index < value.length; index++) if (!isJson(value[index], depth + 1)) return false;
    return true;
  }
  if (prototype !== Object.prototype && prototype !== null) return false;
  for (const key in value) if (key === TAG || !isJson(value[key], depth + 1)) return false;
  return true;
}

class Copy {
  tags = false;
  #path = [];

  of(value) {
    switch (typeof value) {
      case "undefined":
      case "symbol":
        return this.#tag(UNDEFINED);
      case "number":
        return Number.isFinite(value) ? value : this.#tag({ [TAG]: numberTag(value) });
      case "bigint":
        return value.toString();
      case "function":
        return null;
      case "object":
        return value === null ? null : this.#object(value);
      default:
        return value;
    }
  }

  #tag(tagged) {
    this.tags = true;
    return tagged;
  }

  #object(value) {
    if (value instanceof Date) return Number.isNaN(+value) ? null : this.#tag({ [TAG]: "date", v: value.toISOString() });
    if (DateTime.isDateTime(value)) return value.isValid ? this.#tag({ [TAG]: "datetime", v: value.toISO() }) : null;
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return this.of(value.valueOf());
    if (this.#path.length > MAX_DEPTH || this.#path.includes(value)) throw tooDeep(this.#path[0] ?? value);
    this.#path.push(value);
    const copy = this.#contents(value);
    this.#path.pop();
    return copy;
  }

  #contents(value) {
    if (typeof value.toJSON === "function") return this.#bare(value.toJSON());
    if (Array.isArray(value)) return Array.from(value, (each) => this.of(each));
    return this.#fields(value);
  }

  /** What `toJSON` gave: its own `toJSON` is not asked again. */
  #bare(value) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return this.of(value);
    return this.#fields(value);
  }

  #fields(value) {
    const copy = { __proto__: null };
    let marked = false;
    for (const key of Object.keys(value)) {
      const field = value[key];
      if (typeof field === "function") continue;
      if (key === TAG) marked = true;
      copy[key] = this.of(field);
    }
    return marked ? this.#tag({ [TAG]: "raw", v: copy }) : copy;
  }
}

function numberTag(value) {
  if (Number.isNaN(value)) return "nan";
  return value > 0 ? "inf" : "-inf";
}

/** V8's own words for a cycle, as n8n reports them. */
function tooDeep(value) {
  try {
    JSON.stringify(value);
    return new TemplateError("The value is nested too deeply");
  } catch (error) {
    return new TemplateError(String(error?.message));
  }
}
