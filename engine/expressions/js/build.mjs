// Builds the scripts for plain V8, no Node, no DOM: bundle.js (everything) and script.js (the scripts' runtime alone, so
// that a fresh isolate is ready sooner). The same inputs give the same bytes.

import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
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

const frozenIntl = fileURLToPath(new URL("src/intl.js", import.meta.url));

/** Modules that are made while building, or mended. */
const made = {
  name: "made",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^spellings$/ }, () => ({ path: "spellings", namespace: "made" }));
    onLoad({ filter: /.*/, namespace: "made" }, () => ({
      contents: `export default ${JSON.stringify(spellings())};`,
    }));
    // Expressions must not reach what luxon keeps: only its own zones are zones, and its formatters are frozen.
    onLoad({ filter: /luxon\.mjs$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const lax = 'typeof input === "object" && "offset" in input && typeof input.offset === "function"';
      if (!source.includes(lax)) throw new Error("luxon has changed: look for normalizeZone");
      const contents = `import { Intl } from ${JSON.stringify(frozenIntl)};\n${source.replace(lax, "false")}`;
      return { contents, resolveDir: dirname(path) };
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
