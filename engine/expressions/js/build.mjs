// Builds the scripts for plain V8, no Node, no DOM: bundle.js (everything) and script.js (the scripts' runtime alone, so
// that a fresh isolate is ready sooner). The same inputs give the same bytes.

import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import { transliterate } from "transliteration";

/** The ASCII spelling of every character of the basic plane that has one: runs of `start a b c`. */
function spellings() {
  const runs = [];
  let run;
  for (let code = 0x80; code < 0x10000; code++) {
    const isSurrogate = code >= 0xd800 && code < 0xe000;
    const spelling = isSurrogate ? "" : transliterate(String.fromCharCode(code), { unknown: "" });
    if (spelling === "") run = undefined;
    else if (run === undefined) runs.push((run = { start: code, texts: [spelling] }));
    else run.texts.push(spelling);
  }
  for (const { texts } of runs) {
    if (texts.some((text) => /[\u0001\u0002]/.test(text))) throw new Error("a spelling holds a separator");
  }
  return runs.map(({ start, texts }) => `${start.toString(36)}\u0001${texts.join("\u0001")}`).join("\u0002");
}

/** Modules that are made while building, or mended. */
const made = {
  name: "made",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^spellings$/ }, () => ({ path: "spellings", namespace: "made" }));
    onLoad({ filter: /.*/, namespace: "made" }, () => ({
      contents: `export default ${JSON.stringify(spellings())};`,
    }));
    // A zone made by an expression must not enter luxon's caches: only luxon's own zones are zones.
    onLoad({ filter: /luxon\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const lax = 'typeof input === "object" && "offset" in input && typeof input.offset === "function"';
      if (!source.includes(lax)) throw new Error("luxon has changed: look for normalizeZone");
      return { contents: source.replace(lax, "false") };
    });
  },
};

const BANNER = [
  "// Built by build.mjs from src/: do not edit. Contains luxon, title-case, remove-markdown, buffer, acorn, astring,",
  "// @noble/hashes and data of transliteration (MIT), base64-js (MIT), ieee754 (BSD-3-Clause), jmespath (Apache-2.0).",
  '"use strict";',
].join("\n");

await build({
  entryPoints: { bundle: "src/main.js", script: "src/script/main.js" },
  outdir: ".",
  bundle: true,
  format: "iife",
  target: "es2023",
  charset: "utf8",
  minify: true,
  legalComments: "none",
  banner: { js: BANNER },
  plugins: [made],
});
