// Freezing what is handed to user code.

/** Freezes an object and the functions in it. */
export function frozen(object) {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(object))) {
    if (typeof value === "function") Object.freeze(value);
  }
  return Object.freeze(object);
}

/** Freezes JSON data at every depth. What is frozen already is taken to be so all the way down. */
export function deeplyFrozen(value) {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(deeplyFrozen);
  return Object.freeze(value);
}
