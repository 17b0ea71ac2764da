// Extension methods of plain objects.

import { ExtensionError } from "../errors.js";
import { record } from "./record.js";

const nothing = () => undefined;

/** Without null, undefined, "", "nil" and empty fields, at every depth. Lists inside become objects, as in n8n. */
export function compactObject(value) {
  const kept = Object.entries(value).filter(([, each]) => !isBlank(each));
  return record(kept.map(([key, each]) => [key, isNested(each) ? compactObject(each) : each]));
}

function isBlank(value) {
  if (value === null || value === undefined || value === "" || value === "nil") return true;
  return isNested(value) && Object.keys(value).length === 0;
}

const isNested = (value) => typeof value === "object" && typeof value.toJSON !== "function";

const without = (value, matches) => record(Object.entries(value).filter(([key, each]) => !matches(key, each)));

function searched(name, text) {
  if (typeof text !== "string" || text === "") throw new ExtensionError(`${name}(): expected non-empty string arg`);
  return (_, value) => typeof value === "string" && value.includes(text);
}

function removeFieldsContaining(value, text) {
  return without(value, searched("removeFieldsContaining", text));
}

function keepFieldsContaining(value, text) {
  const contains = searched("keepFieldsContaining", text);
  return without(value, (key, each) => !contains(key, each));
}

/** `a=1&b=x+y`, as a form is sent. */
function urlEncode(value) {
  return Object.entries(value).map(([key, each]) => `${formEncode(key)}=${formEncode(String(each))}`).join("&");
}

function formEncode(text) {
  const encoded = encodeURIComponent(text.toWellFormed());
  return encoded.replace(/[!'()~]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`).replace(/%20/g, "+");
}

const isEmpty = (value) => Object.keys(value).length === 0;

export const OBJECT = {
  isEmpty,
  isNotEmpty: (value) => !isEmpty(value),
  hasField: (value, name) => Object.hasOwn(value, name),
  removeField: (value, name) => without(value, (key) => key === String(name)),
  removeFieldsContaining,
  keepFieldsContaining,
  compact: compactObject,
  urlEncode,
  keys: (value) => Object.keys(value),
  values: (value) => Object.values(value),
  toJsonString: (value) => JSON.stringify(value),
  toInt: nothing,
  toFloat: nothing,
  toBoolean: nothing,
  toDateTime: nothing,
};
