// Names with a meaning to the compiler: forbidden ones, mutating ones, and those that stand for its own helpers.

/** Never reachable by an expression, as property or key: each is a way towards constructors or the host. */
const FORBIDDEN = new Set([
  "__proto__",
  "prototype",
  "constructor",
  "getPrototypeOf",
  "mainModule",
  "binding",
  "_linkedBinding",
  "_load",
  "prepareStackTrace",
  "__lookupGetter__",
  "__lookupSetter__",
  "__defineGetter__",
  "__defineSetter__",
]);

/** Methods that can change what they are given. An expression that names one works on its own copy of the data. */
const MUTATING = new Set([
  "assign",
  "freeze",
  "seal",
  "preventExtensions",
  "call",
  "apply",
  "bind",
  "copyWithin",
  "fill",
  "pop",
  "push",
  "reverse",
  "shift",
  "sort",
  "splice",
  "unshift",
  "set",
  "add",
  "delete",
  "clear",
]);

export const isForbidden = (name) => FORBIDDEN.has(name);
export const isMutating = (name) => MUTATING.has(name);

/** Parameters of every compiled block. User code may not spell an identifier that begins like these. */
export const HELPER = "$$";
export const DATA = "$$d";
export const GLOBALS = "$$g";
export const EXTEND = "$$e";
export const EXTEND_OPTIONAL = "$$o";
export const KEY = "$$k";
export const WRITE = "$$w";
export const THIS = "$$t";
