// Reading dates out of numbers and text, in the workflow's time zone unless the text names another.

import { DateTime } from "../luxon.js";
import { ExtensionError } from "../errors.js";

const UNCONVERTIBLE = "cannot convert to Luxon DateTime";

/** Days from Excel's epoch (1899-12-30) to 1970. */
const EXCEL_EPOCH_DAYS = 25569;
const DAY_MS = 86_400_000;

const UNITS = {
  ms: (value) => value,
  s: (value) => value * 1000,
  us: (value) => Math.floor(value / 1000),
  excel: (value) => Math.round((value - EXCEL_EPOCH_DAYS) * DAY_MS),
};

/** A point in time counted in `ms`, `s`, `us` or Excel's days. */
export function fromNumber(value, unit) {
  if (!Object.hasOwn(UNITS, unit)) {
    throw new ExtensionError(`Unsupported format '${unit}'. toDateTime() supports 'ms', 's', 'us' and 'excel'.`);
  }
  return DateTime.fromMillis(UNITS[unit](value));
}

/** Text in a luxon format, a unit of `fromNumber`, or (no format) any of the usual notations. */
export function fromText(text, format) {
  const read = format === undefined ? guess(text) : formatted(text, format);
  if (!read?.isValid) throw new ExtensionError(UNCONVERTIBLE);
  return read;
}

function formatted(text, format) {
  if (!Object.hasOwn(UNITS, format)) return DateTime.fromFormat(text, format);
  // n8n keeps whole seconds of microseconds in text.
  if (format === "us") return DateTime.fromSeconds(Math.floor(Number(text) / 1_000_000));
  return DateTime.fromMillis(UNITS[format](Number(text)));
}

const NOTATIONS = [
  (text) => DateTime.fromISO(text, { setZone: true }),
  (text) => DateTime.fromHTTP(text, { setZone: true }),
  (text) => DateTime.fromRFC2822(text, { setZone: true }),
  (text) => DateTime.fromSQL(text, { setZone: true }),
];

function guess(text) {
  const trimmed = text.trim();
  for (const read of NOTATIONS) {
    const date = read(trimmed);
    if (date.isValid) return date;
  }
  const ms = Date.parse(trimmed);
  return Number.isNaN(ms) ? undefined : DateTime.fromMillis(ms);
}

/** A DateTime from a DateTime, a Date or text. */
export function toDateTime(value) {
  if (DateTime.isDateTime(value)) return value;
  if (value instanceof Date) return DateTime.fromJSDate(value);
  return fromText(String(value));
}
