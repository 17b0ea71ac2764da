// Extension methods: what `value.method()` means in an expression when the value itself has no such method.

import { DateTime } from "../luxon.js";
import { ExpressionError, ExtensionError } from "../errors.js";
import { ARRAY } from "./array.js";
import { DATE } from "./date.js";
import { BOOLEAN, NUMBER } from "./number.js";
import { OBJECT } from "./object.js";
import { STRING } from "./string.js";

/** In the order in which error messages list the types. */
const TYPES = [
  ["Array", ARRAY],
  ["Date", DATE],
  ["Number", NUMBER],
  ["Object", OBJECT],
  ["String", STRING],
  ["Boolean", BOOLEAN],
].map(([name, methods]) => ({ name, methods: new Map(Object.entries(methods)) }));

const [LIST, MOMENT, NUMERIC, RECORD, TEXT, TRUTH] = TYPES;

const NAMES = new Set(TYPES.flatMap(({ methods }) => [...methods.keys()]));

export const isExtension = (name) => NAMES.has(name);

/** Calls `name` on the value: its own method if it has one, else n8n's for its type. */
export function extend(name, value, ...args) {
  if (value === undefined || value === null) return onNothing(name, value);
  const type = typeOf(value);
  const method = type?.methods.get(name);
  if (method !== undefined && (type === MOMENT || typeof value[name] !== "function")) return method(value, ...args);
  if (typeof value[name] === "function" || !isExtension(name)) return value[name](...args);
  throw misplaced(name);
}

/** The same behind a `?.`: nothing stays undefined. */
export function extendOptional(name, value, ...args) {
  if (value === undefined || value === null) return undefined;
  return extend(name, value, ...args);
}

function onNothing(name, value) {
  if (name === "isEmpty") return true;
  if (name === "isNotEmpty") return false;
  throw new ExtensionError(`${name} can't be used on ${value} value`, {
    description: `To ignore this error, add a ? to the variable before this function, e.g. my_var?.${name}`,
  });
}

function typeOf(value) {
  switch (typeof value) {
    case "string":
      return TEXT;
    case "number":
      return NUMERIC;
    case "boolean":
      return TRUTH;
    case "object":
      if (Array.isArray(value)) return LIST;
      return value instanceof Date || DateTime.isDateTime(value) ? MOMENT : RECORD;
    default:
      return undefined;
  }
}

function misplaced(name) {
  const types = TYPES.filter(({ methods }) => methods.has(name)).map((type) => `"${type.name}"`);
  if (types.length === 1) return new ExtensionError(`${name}() is only callable on type ${types[0]}`);
  const last = types.pop();
  return new ExtensionError(`${name}() is only callable on types ${types.join(", ")}, and ${last}`);
}

/** The form that expressions may call themselves: `extend(value, "toTitleCase", [])`. */
export const callable = (dispatch, checkKey) => (value, name, args = []) => {
  if (typeof name !== "string") throw new ExpressionError("expected the name of a function");
  return dispatch(checkKey(name), value, ...args);
};
