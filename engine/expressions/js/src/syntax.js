// The one expression that a `{{ block }}` is worth: its first statement, parsed as strict modern JavaScript.

import { parse, parseExpressionAt, tokenizer } from "acorn";
import { invalidSyntax } from "./errors.js";

const OPTIONS = { ecmaVersion: "latest", sourceType: "module" };

/** The syntax tree of the block's value. Statements after the first must parse, and are dropped. */
export function parseBlock(code) {
  try {
    return (opensBrace(code) ? leadingObject(code) : undefined) ?? firstStatement(code);
  } catch {
    throw invalidSyntax(); // also a source nested too deeply to parse
  }
}

function opensBrace(code) {
  return tokenizer(code, OPTIONS).getToken().type.label === "{";
}

/** A block that begins with `{` is an object, never statements: `{{ {a: 1} }}`, `{{ {} + [] }}`. */
function leadingObject(code) {
  const expression = parseExpressionAt(code, 0, OPTIONS);
  const rest = code.slice(expression.end).trimStart();
  const [next] = parse(rest, OPTIONS).body;
  if (next !== undefined && next.type !== "EmptyStatement") throw invalidSyntax();
  return expression;
}

function firstStatement(code) {
  const [first] = parse(code, OPTIONS).body;
  if (first?.type !== "ExpressionStatement") throw invalidSyntax();
  return first.expression;
}
