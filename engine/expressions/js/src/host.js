// The functions that the host finds in the realm.

/** Defines globals for good: no expression or script can change them. */
export function defineGlobals(functions) {
  for (const [name, value] of Object.entries(functions)) Object.defineProperty(globalThis, name, { value });
}
