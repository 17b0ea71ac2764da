// Text in plain ASCII: accents dropped, other scripts spelled in Latin letters, `?` for what has no spelling.

import spellings from "spellings";

const CHINESE = /\p{Script=Han}/u;
let table;

/** The text in ASCII. Chinese words are kept apart by spaces. */
export function toAscii(text) {
  table ??= read();
  const apart = CHINESE.test(text);
  let ascii = "";
  let wasChinese = false;
  for (const character of text) {
    const spelling = character < "\x80" ? character : (table.get(character) ?? "?");
    if (apart && wasChinese && /^[A-Za-z0-9]/.test(spelling)) ascii += " ";
    wasChinese = apart && CHINESE.test(character);
    ascii += spelling;
  }
  return ascii;
}

/** The table as it is kept: runs of `start`, then the spellings of the characters from there on. */
function read() {
  const entries = new Map();
  for (const run of spellings.split("\u0002")) {
    const [start, ...texts] = run.split("\u0001");
    texts.forEach((text, index) => entries.set(String.fromCharCode(parseInt(start, 36) + index), text));
  }
  return entries;
}
