// n8n's free functions: `$if`, `$ifEmpty`, `$max` and the like.

import { ExpressionError, ExtensionError } from "./errors.js";
import { ARRAY } from "./extensions/array.js";
import { record } from "./extensions/record.js";

const choose = (condition, yes, no) => (condition ? yes : no);
const not = (value) => !value;
const max = (...numbers) => Math.max(...numbers);
const min = (...numbers) => Math.min(...numbers);
const average = (...numbers) => ARRAY.average(numbers);

function ifEmpty(...args) {
  if (args.length !== 2) throw new ExpressionError("expected two arguments (value, defaultValue) for this function");
  const [value, otherwise] = args;
  return isEmpty(value) ? otherwise : value;
}

function isEmpty(value) {
  if (value === undefined || value === null || value === "") return true;
  if (typeof value !== "object" || value instanceof Date) return false;
  return Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0;
}

/** Whole numbers from `start` to `end`, both included, up or down. */
function numberList(start, end) {
  const step = start > end ? -1 : 1;
  return Array.from({ length: Math.abs(end - start) + 1 }, (_, index) => start + step * index);
}

function zip(keys, values) {
  if (keys.length !== values.length) throw new ExtensionError("keys and values not of equal length");
  return record(keys.map((key, index) => [String(key), values[index]]));
}

/** Free functions by name; those with a `$` have the same name without it where n8n has both. */
export const FUNCTIONS = {
  $if: choose,
  $not: not,
  $ifEmpty: ifEmpty,
  $max: max,
  $min: min,
  $average: average,
  not,
  ifEmpty,
  max,
  min,
  average,
  numberList,
  zip,
};
