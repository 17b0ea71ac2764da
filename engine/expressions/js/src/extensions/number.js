// Extension methods of numbers and booleans.

import { ExtensionError } from "../errors.js";
import { fromNumber } from "./dates.js";

/** Halves are rounded away from zero. */
const round = (value, places = 0) => Number(value.toFixed(places));

const format = (value, locales = "en-US", options = undefined) => new Intl.NumberFormat(locales, options).format(value);

function integer(name, value) {
  if (!Number.isInteger(value)) throw new ExtensionError(`${name}() is only callable on integers`);
  return value;
}

export const NUMBER = {
  ceil: (value) => Math.ceil(value),
  floor: (value) => Math.floor(value),
  format,
  round,
  abs: (value) => Math.abs(value),
  isInteger: (value) => Number.isInteger(value),
  isEven: (value) => integer("isEven", value) % 2 === 0,
  isOdd: (value) => integer("isOdd", value) % 2 !== 0,
  toBoolean: (value) => value !== 0,
  toInt: (value) => round(value),
  toFloat: (value) => value,
  toDateTime: (value, unit = "ms") => fromNumber(value, unit),
  isEmpty: (value) => !value,
  isNotEmpty: (value) => Boolean(value),
};

export const BOOLEAN = {
  toBoolean: (value) => value,
  toInt: (value) => (value ? 1 : 0),
  toFloat: (value) => (value ? 1 : 0),
  toNumber: (value) => (value ? 1 : 0),
  toDateTime: () => undefined,
  isEmpty: (value) => !value,
  isNotEmpty: (value) => value,
};
