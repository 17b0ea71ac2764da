// Templates as functions: parsed, vetted and rewritten once, kept by source.

import { generate } from "astring";
import { ExpressionError, invalidSyntax } from "./errors.js";
import { extend, extendOptional } from "./extensions/index.js";
import { GLOBALS, thisOf } from "./globals.js";
import { checkKey, writable } from "./guards.js";
import * as names from "./names.js";
import { parseBlock } from "./syntax.js";
import { split } from "./template.js";
import { transform } from "./transform.js";
import { NOTHING } from "./writes.js";

// Taken before the realm is hardened, and never handed out.
const Compiler = Function;
const CACHED_CHARACTERS = 1_000_000;
const cache = new Map();
let cached = 0;

/**
 * A template `={{ … }}` as `{ run(data) }`, `{ constant }` or `{ problem }` (an error); `writes` says what
 * `run` may change (see `transform`). A lone block answers its raw value, anything else text.
 */
export function compile(source) {
  let program = cache.get(source);
  if (program === undefined) {
    program = build(source);
    keep(source, program);
  }
  return program;
}

/** The oldest go when there is too much to keep. */
function keep(source, program) {
  cache.set(source, program);
  cached += source.length;
  for (const oldest of cache.keys()) {
    if (cached <= CACHED_CHARACTERS) break;
    cache.delete(oldest);
    cached -= oldest.length;
  }
}

function build(source) {
  const pieces = split(source.slice(1));
  if (!pieces.some((piece) => typeof piece !== "string")) return { constant: pieces.join("") };
  try {
    if (/\.\s*constructor/.test(source)) {
      throw new ExpressionError("Expression contains invalid constructor function call");
    }
    const blocks = pieces.map((piece) => (typeof piece === "string" ? piece : block(piece.code)));
    const writes = Math.max(...blocks.map((piece) => piece.writes ?? NOTHING));
    return { run: blocks.length === 1 ? blocks[0].run : (data) => concatenated(blocks, data), writes };
  } catch (error) {
    return { problem: error instanceof ExpressionError ? error : invalidSyntax() };
  }
}

const PARAMETERS = [names.GLOBALS, names.EXTEND, names.EXTEND_OPTIONAL, names.KEY, names.WRITE, names.THIS];

function block(code) {
  const { expression, locals, writes } = transform(parseBlock(code));
  const lets = locals.map(({ name, initial }) => `let ${name} = ${generate(initial)};`).join("");
  const body = `"use strict"; return (${names.DATA}) => { ${lets} return (${generate(expression)}); };`;
  const make = Compiler(...PARAMETERS, body);
  return { run: make(GLOBALS, extend, extendOptional, checkKey, writable, thisOf), writes };
}

/** Text around values: nothing and NaN are empty, a block that fails by itself is empty too. */
function concatenated(pieces, data) {
  let text = "";
  for (const piece of pieces) text += typeof piece === "string" ? piece : textOf(piece.run, data);
  return text;
}

function textOf(run, data) {
  let value;
  try {
    value = run(data);
  } catch (error) {
    if (error instanceof ExpressionError) throw error;
    return "";
  }
  return value === undefined || value === null || value !== value ? "" : String(value);
}
