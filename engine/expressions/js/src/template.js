// What follows the `=` of a parameter, split into literal text and `{{ code }}`.

const OPEN = "{{";
const CLOSE = "}}";

/**
 * Pieces in order: a string is literal text, `{ code }` a block. `}}` ends a block wherever it stands, even inside a
 * string; a block that is never closed runs to the end. `\{{` is literal and keeps its backslash; `\\{{` is one
 * backslash before a block.
 */
export function split(source) {
  const pieces = [];
  let text = "";
  let at = 0;
  for (;;) {
    const open = source.indexOf(OPEN, at);
    if (open < 0) {
      text += source.slice(at);
      break;
    }
    const slashes = backslashesBefore(source, open, at);
    if (slashes % 2 === 1) {
      text += source.slice(at, open + 2);
      at = open + 2;
      continue;
    }
    text += source.slice(at, open - slashes / 2);
    if (text !== "") pieces.push(text);
    text = "";
    const close = closing(source, open + 2);
    pieces.push({ code: source.slice(open + 2, close).replaceAll("\\}}", CLOSE) });
    at = close + 2;
    if (close === source.length) break;
  }
  if (text !== "") pieces.push(text);
  return pieces;
}

function backslashesBefore(source, open, from) {
  let start = open;
  while (start > from && source[start - 1] === "\\") start--;
  return open - start;
}

function closing(source, from) {
  let close = source.indexOf(CLOSE, from);
  while (close > from && source[close - 1] === "\\") close = source.indexOf(CLOSE, close + 2);
  return close < 0 ? source.length : close;
}
