// What compiled expressions ask at run time: whether a key may be read, whether an object may be written.

import { ExpressionError } from "./errors.js";
import { isForbidden, isMutating } from "./names.js";

let mayMutate = true;
let touched = false;

/** Whether what runs from here on works on its own copy of the data, and may call what changes it. */
export function allowMutation(allowed) {
  mayMutate = allowed;
  touched = false;
}

/** Whether a mutating method was asked for, and refused, since then: the block needs a copy of its own. */
export const wasTouched = () => touched;

/** A computed key, as the property name that it will be. Forbidden names are refused; mutating ones where not allowed. */
export function checkKey(key) {
  if (typeof key === "number" || typeof key === "symbol") return key;
  const name = typeof key === "string" ? key : String(key);
  if (isForbidden(name)) throw new ExpressionError(`Cannot access "${name}" due to security concerns`);
  if (!mayMutate && isMutating(name)) {
    touched = true; // user code might catch the error: this says it all the same
    throw new TypeError("This data is shared");
  }
  return name;
}

/**
 * The object itself when an expression may change it: a plain object, a list, or an instance of a class of its own.
 * Objects of the language and of the libraries, and all functions, may be shared with later evaluations.
 */
export function writable(value) {
  if (typeof value === "function") throw new TypeError("Functions cannot be changed");
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  const own = prototype === null || prototype === Object.prototype || prototype === Array.prototype;
  if (!own && Object.isFrozen(prototype)) throw new TypeError("This object cannot be changed");
  return value;
}
