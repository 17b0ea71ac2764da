// What a Code node may return, and the items that it becomes.

import { RuleError } from "./failure.js";

const ITEM_KEYS = new Set(["json", "binary", "pairedItem", "error", "index"]);

const isObject = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** "Run once for all items": a list of items or of plain objects, one of either, or null for none. */
export function allItems(result) {
  if (result === null) return [];
  const rows = Array.isArray(result) ? result : [result];
  if (!rows.every(isObject)) throw notItems();
  const wrapped = rows.some((row) => Object.keys(row).some((key) => ITEM_KEYS.has(key)));
  if (wrapped) rows.forEach(checkKeys);
  return rows.map((row, index) => withLineage(checked("json" in row || wrapped ? row : { json: row }, index)));
}

/** "Run once for each item": one item or plain object, or nothing to drop it. Its lineage is its own index. */
export function eachItem(result, index) {
  if (result === null || result === undefined) return undefined;
  const item = isObject(result) && !("json" in result) ? { json: result } : result;
  const { json, binary } = checked(item, index);
  const pairedItem = { item: index };
  return binary === undefined ? { json, pairedItem } : { json, binary, pairedItem };
}

/** A `pairedItem` that names no item is left out: nothing could follow it. */
function withLineage(item) {
  if (item.pairedItem === undefined) return item;
  const { pairedItem, ...rest } = item;
  const lineage = lineageOf(pairedItem);
  return lineage === undefined ? rest : { ...rest, pairedItem: lineage };
}

function lineageOf(paired) {
  if (Array.isArray(paired)) return paired.map(lineageOf).filter((one) => one !== undefined && !Array.isArray(one));
  if (Number.isInteger(paired)) return paired;
  if (!isObject(paired) || !Number.isInteger(paired.item)) return undefined;
  return Number.isInteger(paired.input ?? 0) ? paired : { ...paired, input: undefined };
}

function notItems() {
  return new RuleError("Code doesn't return items properly", {
    description: "Please return an array of objects, one for each item you would like to output.",
  });
}

/** Item keys and other keys do not mix. */
function checkKeys(row, itemIndex) {
  const keys = Object.keys(row);
  const unknown = keys.find((key) => !ITEM_KEYS.has(key));
  if (unknown === undefined) return;
  const reserved = keys.find((key) => ITEM_KEYS.has(key));
  if (reserved === undefined) {
    throw new RuleError(`Unknown top-level item key: ${unknown}`, {
      description: "Access the properties of an item under `.json`, e.g. `item.json`",
      itemIndex,
    });
  }
  throw new RuleError("Invalid output format", {
    description:
      `An output item contains the reserved key <code>${reserved}</code>. To get around this, please wrap each item ` +
      "in an object, under a key called <code>json</code>. " +
      '<a href="https://docs.n8n.io/data/data-structure/#data-structure" target="_blank">Example</a>',
    itemIndex,
  });
}

function checked(item, itemIndex) {
  for (const key of ["json", "binary"]) {
    if (key === "binary" && item.binary === undefined) continue;
    if (isObject(item[key])) continue;
    throw new RuleError(`A '${key}' property isn't an object`, {
      description: `In the returned data, every key named '${key}' must point to an object.`,
      itemIndex,
    });
  }
  return item;
}
