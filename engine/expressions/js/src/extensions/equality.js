// Deep equality of values: same type, same content, whatever the order of keys.

export function equal(a, b) {
  if (a === b || (a !== a && b !== b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (a instanceof Date || b instanceof Date) return a instanceof Date && b instanceof Date && +a === +b;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => Object.hasOwn(b, key) && equal(a[key], b[key]));
}

/** The values without later equals of earlier ones. Scalars are found by hash, the rest by comparison. */
export function distinct(values, by = (value) => value) {
  const scalars = new Set();
  const others = [];
  return values.filter((value) => {
    const key = by(value);
    if (typeof key !== "object" || key === null) return !scalars.has(key) && scalars.add(key);
    return !others.some((other) => equal(other, key)) && others.push(key);
  });
}

/** Whether a list holds an equal of the value. */
export const includes = (values, value) => values.some((each) => equal(each, value));
