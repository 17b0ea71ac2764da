// Extension methods of JavaScript's Date and luxon's DateTime. What they answer is of the kind they were called on.

import { DateTime } from "../luxon.js";
import { toDateTime } from "./dates.js";

/** n8n's spellings of units, as luxon's `get` and `startOf` want them. */
const UNITS = new Map(
  Object.entries({
    year: ["years", "y"],
    quarter: ["quarters", "Q"],
    month: ["months", "M"],
    week: ["weeks", "w"],
    day: ["days", "d"],
    hour: ["hours", "hr", "hrs", "h"],
    minute: ["minutes", "min", "mins", "m"],
    second: ["seconds", "sec", "secs", "s"],
    millisecond: ["milliseconds", "ms"],
  }).flatMap(([unit, aliases]) => aliases.map((alias) => [alias, unit])),
);

const unitOf = (name) => UNITS.get(name) ?? name;

/** Computes on a DateTime, and gives a Date back to whom came with one. */
const likewise = (compute) => (date, ...args) => {
  const result = compute(toDateTime(date), ...args);
  return DateTime.isDateTime(date) ? result : result.toJSDate();
};

const amount = (length, unit) => (typeof length === "object" ? length : { [unit ?? "milliseconds"]: length });
const shifted = (method) =>
  likewise((date, length, unit) => (length === undefined ? date : date[method](amount(length, unit))));

function extract(date, part = "week") {
  const read = toDateTime(date);
  if (part === "yearDayNumber") return read.ordinal;
  const unit = unitOf(part);
  return unit === "week" ? read.weekNumber : read.get(unit);
}

function isBetween(date, first, second) {
  const [from, to] = [toDateTime(first), toDateTime(second)];
  const at = +toDateTime(date);
  return at > Math.min(+from, +to) && at < Math.max(+from, +to);
}

function isInLast(date, length = 1, unit = "minutes") {
  const now = DateTime.now();
  const at = toDateTime(date);
  return at >= now.minus({ [unit]: length }) && at <= now;
}

/** `date - other` in the given units: a number for one unit, an object for several. */
function diffTo(date, other, units = "days") {
  const difference = date.diff(toDateTime(other), units);
  return Array.isArray(units) ? difference.toObject() : difference.as(units);
}

const format = (date, pattern, options) => toDateTime(date).toFormat(pattern, options);
const millis = (date) => +date;

export const DATE = {
  beginningOf: likewise((date, unit = "week") => date.startOf(unitOf(unit))),
  endOfMonth: likewise((date) => date.endOf("month")),
  extract,
  isBetween,
  isDst: (date) => toDateTime(date).isInDST,
  isInLast,
  isWeekend: (date) => toDateTime(date).weekday > 5,
  minus: shifted("minus"),
  plus: shifted("plus"),
  format,
  toDateTime,
  diffTo,
  diffToNow: (date, units) => diffTo(date, DateTime.now(), units),
  toInt: millis,
  toFloat: millis,
  toBoolean: () => undefined,
  isEmpty: () => false,
  isNotEmpty: () => true,
};
