// What went wrong in a script, in n8n's words: `boom [line 3]`.

import { ExpressionError } from "../errors.js";

/** The name that user code goes by in stack traces, and the lines that its wrapper adds above it. */
export const SOURCE = "heddle-script";
const WRAPPER_LINES = 2;

/** A script that broke n8n's rules. `message` comes without its line and item: they are added when it is reported. */
export class RuleError extends Error {
  constructor(message, { description, itemIndex, lineNumber } = {}) {
    super(message);
    Object.assign(this, { description, itemIndex, lineNumber });
  }
}

/** An error as data: `{message, name, description?, lineNumber?, itemIndex?}`. */
export function failureOf(error) {
  if (error instanceof RuleError) return ofRule(error);
  // Seen from a script, n8n's own errors fail again while they are being passed on.
  if (error instanceof ExpressionError) return named(readOnly(`name' of object 'Error: ${error.message}`));
  return error instanceof SyntaxError && !frame(error) ? ofSyntax(error) : ofThrown(error);
}

export const readOnly = (what) => `Cannot assign to read only property '${what}'`;

function named(message, rest = {}) {
  return { message, name: "Error", ...rest };
}

function ofRule({ message, description, itemIndex, lineNumber }) {
  const item = itemIndex === undefined ? undefined : `item ${itemIndex}`;
  const line = lineNumber === undefined ? undefined : `line ${lineNumber}`;
  const place = line && item ? `${line}, for ${item}` : (line ?? item);
  return named(place ? `${message} [${place}]` : message, { description, lineNumber, itemIndex });
}

/** No line is known, and n8n leaves the blank before it. */
function ofSyntax({ message }) {
  return { message: `${message} `, name: "SyntaxError", description: "SyntaxError" };
}

/** Only what has a stack with a message says what happened. */
function ofThrown(error) {
  const heading = typeof error?.stack === "string" ? /^(\w*Error): (.+)/m.exec(error.stack) : null;
  if (heading === null) return named("Unknown error");
  const [, type, message] = heading;
  const lineNumber = frame(error);
  const description = type === "Error" ? undefined : type;
  const text = lineNumber === undefined ? message : `${message} [line ${lineNumber}]`;
  return { message: text, name: type, description, lineNumber };
}

/** The script's line on top of the stack. */
function frame(error) {
  const found = String(error.stack).match(new RegExp(`${SOURCE}:(\\d+):\\d+`));
  return found ? Number(found[1]) - WRAPPER_LINES : undefined;
}
