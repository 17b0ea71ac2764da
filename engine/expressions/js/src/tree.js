// Pieces of syntax trees: made, and looked at.

import { isGlobal } from "./globals.js";
import * as names from "./names.js";
import { isVariable } from "./variables.js";

export const isNode = (value) => typeof value?.type === "string";
const identifier = (name) => ({ type: "Identifier", name });
export const literal = (value) => ({ type: "Literal", value });

export function call(helper, ...args) {
  return { type: "CallExpression", callee: identifier(helper), arguments: args, optional: false };
}

function member(object, name) {
  return { type: "MemberExpression", object: identifier(object), property: identifier(name), computed: false };
}

/** What a free name stands for: a variable of n8n, a global that is allowed, or nothing. */
export function standIn(name, called) {
  if (name === "$" && !called) return member(names.DATA, "$uncalled");
  if (isVariable(name)) return member(names.DATA, name);
  if (isGlobal(name)) return member(names.GLOBALS, name);
  return { type: "UnaryExpression", operator: "void", prefix: true, argument: literal(0) };
}

/** `{ a }` names and reads with one node: two are needed before the read can be replaced. */
export function unshare(property) {
  property.shorthand = false;
  if (property.key === property.value || !property.computed) property.key = { ...property.key };
}

export function keyName(key) {
  return key.type === "Identifier" ? key.name : String(key.value);
}

/** The text of a computed key that is plain to see; `undefined` for one that only running tells. */
export function literalKey(node) {
  if (node.type === "Literal" && node.regex === undefined) return String(node.value);
  if (node.type === "TemplateLiteral" && node.expressions.length === 0) return node.quasis[0].value.cooked;
  return undefined;
}

export function hasOptional(node) {
  for (let at = node; ; at = at.object ?? at.callee) {
    if (at === undefined) return false;
    if (at.optional) return true;
  }
}
