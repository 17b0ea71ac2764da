// Extension methods of lists.

import { ExtensionError } from "../errors.js";
import { distinct, equal, includes } from "./equality.js";
import { compactObject } from "./object.js";
import { isObject, record } from "./record.js";

const nothing = () => undefined;

function unique(list, ...fields) {
  if (fields.length === 0) return distinct(list);
  return distinct(list, (element) => fields.map((field) => element?.[field]));
}

/** One field gives its values, several give a list of values per element; elements without any are left out. */
function pluck(list, ...fields) {
  if (fields.length === 0) return list;
  const rows = list.map((element) => {
    if (typeof element !== "object" || element === null) return [];
    return Object.keys(element).filter((key) => fields.includes(key)).map((key) => element[key]);
  });
  return rows.filter((row) => row.length > 0).map((row) => (row.length === 1 ? row[0] : row));
}

const randomItem = (list) => list[Math.floor(Math.random() * list.length)];

function numbers(list, name) {
  if (list.some((element) => typeof element !== "number")) {
    throw new ExtensionError(`${name}(): all array elements must be numbers`);
  }
  return list;
}

const sum = (list, name = "sum") => numbers(list, name).reduce((total, each) => total + each, 0);
const min = (list) => numbers(list, "min").reduce((least, each) => Math.min(least, each), Infinity);
const max = (list) => numbers(list, "max").reduce((most, each) => Math.max(most, each), -Infinity);
const average = (list) => (list.length === 0 ? 0 : sum(list, "average") / list.length);

/** Without null, undefined, "" and "nil", and without empty lists and objects; objects are compacted themselves. */
function compact(list) {
  const kept = list.filter((element) => {
    if (typeof element === "object" && element !== null) return Object.keys(element).length > 0;
    return element !== null && element !== undefined && element !== "" && element !== "nil";
  });
  return kept.map((element) => (isPlain(element) ? compactObject(element) : element));
}

const isPlain = (value) => typeof value === "object" && value !== null && typeof value.toJSON !== "function";

function smartJoin(list, keyField, valueField) {
  if (typeof keyField !== "string" || typeof valueField !== "string" || !keyField || !valueField) {
    throw new ExtensionError('smartJoin(): expected two string args, e.g. .smartJoin("name", "value")');
  }
  const rows = list.filter((each) => isObject(each) && Object.hasOwn(each, keyField) && Object.hasOwn(each, valueField));
  return record(rows.map((each) => [String(each[keyField]), each[valueField]]));
}

function chunk(list, size) {
  if (typeof size !== "number" || size === 0 || !(size > 0)) {
    throw new ExtensionError("chunk(): expected non-zero numeric arg, e.g. .chunk(5)");
  }
  const chunks = [];
  for (let start = 0; start < list.length; start += size) chunks.push(list.slice(start, start + size));
  return chunks;
}

function renameKeys(list, ...names) {
  if (names.length === 0 || names.length % 2 !== 0) {
    throw new ExtensionError(
      "renameKeys(): expected an even amount of args: from1, to1 [, from2, to2, ...]. " +
        'e.g. .renameKeys("name", "title")',
    );
  }
  return list.map((element) => (isObject(element) ? renamed(element, names) : element));
}

/** A renamed field moves to the end. */
function renamed(element, names) {
  const fields = new Map(Object.entries(element));
  for (let at = 0; at < names.length; at += 2) {
    const from = String(names[at]);
    if (!fields.has(from)) continue;
    const value = fields.get(from);
    fields.delete(from);
    fields.set(String(names[at + 1]), value);
  }
  return record(fields);
}

/** All objects of both lists as one; the first to have a field keeps it. */
function merge(list, others = []) {
  if (!Array.isArray(others)) {
    throw new ExtensionError("merge(): expected array arg, e.g. .merge([{ id: 1, otherValue: 3 }])");
  }
  const fields = new Map();
  for (let at = 0; at < Math.max(list.length, others.length); at++) {
    for (const each of [list[at], others[at]].filter(isObject)) {
      for (const [key, value] of Object.entries(each)) if (!fields.has(key)) fields.set(key, value);
    }
  }
  return record(fields);
}

function other(name, list) {
  if (!Array.isArray(list)) throw new ExtensionError(`${name}(): expected array arg, e.g. .${name}([1, 2, 3, 4])`);
  return list;
}

const union = (list, second) => distinct([...list, ...other("union", second)]);

function difference(list, second) {
  return distinct(list.filter((each) => !includes(other("difference", second), each)));
}

function intersection(list, second) {
  return distinct(list.filter((each) => other("intersection", second).some((one) => equal(one, each))));
}

export const ARRAY = {
  removeDuplicates: unique,
  unique,
  first: (list) => list[0],
  last: (list) => list[list.length - 1],
  pluck,
  randomItem,
  sum: (list) => sum(list),
  min,
  max,
  average,
  isNotEmpty: (list) => list.length > 0,
  isEmpty: (list) => list.length === 0,
  compact,
  smartJoin,
  chunk,
  renameKeys,
  merge,
  union,
  difference,
  intersection,
  append: (list, ...elements) => [...list, ...elements],
  toJsonString: (list) => JSON.stringify(list),
  toInt: nothing,
  toFloat: nothing,
  toBoolean: nothing,
  toDateTime: nothing,
};
