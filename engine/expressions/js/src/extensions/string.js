// Extension methods of text.

import { Buffer } from "buffer";
import removeMarkdown from "remove-markdown";
import { titleCase } from "title-case";
import { ExtensionError } from "../errors.js";
import { toAscii } from "../ascii.js";
import { fromText } from "./dates.js";
import { digest } from "./digest.js";
import * as web from "./web.js";

const refuse = (message) => {
  throw new ExtensionError(message);
};

// ------------------------------------------------------------------------------------------------ conversions

const isNo = (text) => ["", "0", "false", "no"].includes(text.toLowerCase());

/** Prices are numbers: `€ 5` is 5. */
const withoutCurrency = (text) => text.replace(/\p{Sc}/gu, "");

function toNumber(text) {
  const number = Number(withoutCurrency(text));
  return Number.isNaN(number) ? refuse("cannot convert to number") : number;
}

function toInt(text, radix) {
  const number = parseInt(withoutCurrency(text), radix);
  return Number.isNaN(number) ? refuse("cannot convert to integer") : number;
}

function toFloat(text) {
  const number = parseFloat(withoutCurrency(text));
  return Number.isNaN(number) ? refuse("cannot convert to float") : number;
}

function toDate(text) {
  const date = new Date(text);
  return Number.isNaN(+date) ? refuse("cannot convert to date") : date;
}

const isNumeric = (text) => text.trim() !== "" && !Number.isNaN(Number(text)) && !Number.isNaN(parseFloat(text));

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return refuse(text.includes("'") ? "Parsing failed. Check you’re using double quotes" : "Parsing failed");
  }
}

// ------------------------------------------------------------------------------------------------ case

/** Each sentence with its first letter large and the others small. What follows the last letter's sentence is lost. */
function toSentenceCase(text) {
  const sentences = text.match(/[^.!?]*(?:[.!?]|$)/g) ?? [];
  const last = sentences.findLastIndex((sentence) => /\p{L}/u.test(sentence));
  return sentences.slice(0, last + 1).map(sentence).join("");
}

function sentence(text) {
  const first = text.search(/\p{L}/u);
  if (first < 0) return text;
  const letter = String.fromCodePoint(text.codePointAt(first));
  const rest = text.slice(first + letter.length);
  return text.slice(0, first) + letter.toLocaleUpperCase() + rest.toLocaleLowerCase();
}

function toSnakeCase(text) {
  return text.toLocaleLowerCase().replace(/[ -]/g, "_").replace(/[!"#$%&'()*+,./:;<=>?@[\]^`{|}~]/g, "");
}

// ------------------------------------------------------------------------------------------------ text

function quote(text, mark = '"') {
  return mark + text.replaceAll("\\", "\\\\").replaceAll(mark, `\\${mark}`) + mark;
}

const urlEncode = (text, whole = false) => (whole ? encodeURI(text) : encodeURIComponent(text));
const urlDecode = (text, whole = false) => (whole ? decodeURI(text) : decodeURIComponent(text));

export const STRING = {
  hash: digest,
  removeMarkdown: (text) => removeMarkdown(text, {}),
  removeTags: (text) => text.replace(/<[^>]*>?/gm, ""),
  toDate,
  toDateTime: fromText,
  toBoolean: (text) => !isNo(text),
  toNumber,
  toDecimalNumber: toFloat,
  toFloat,
  toInt,
  toWholeNumber: toInt,
  toSentenceCase,
  toSnakeCase,
  toTitleCase: titleCase,
  urlDecode,
  urlEncode,
  quote,
  replaceSpecialChars: toAscii,
  length: (text) => text.length,
  isDomain: web.isDomain,
  isEmail: web.isEmail,
  isNumeric,
  isUrl: web.isUrl,
  isEmpty: (text) => text === "",
  isNotEmpty: (text) => text !== "",
  toJsonString: (text) => JSON.stringify(text),
  extractEmail: web.extractEmail,
  extractDomain: web.extractDomain,
  extractUrl: web.extractUrl,
  extractUrlPath: web.extractUrlPath,
  parseJson,
  base64Encode: (text) => Buffer.from(text, "utf8").toString("base64"),
  base64Decode: (text) => Buffer.from(text, "base64").toString("utf8"),
};
