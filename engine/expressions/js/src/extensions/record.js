// Plain objects built from entries: defining, never assigning, so that no key can reach a prototype.

export const record = (entries) => Object.fromEntries(entries);

/** Anything but a list that has fields: what n8n's object methods take. */
export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
