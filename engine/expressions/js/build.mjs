// Builds the scripts for plain V8, no Node, no DOM: bundle.js evaluates expressions, script.js runs scripts, each of them
// in a fresh isolate, which a small file makes ready sooner. The same inputs give the same bytes.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
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

const here = fileURLToPath(new URL("./", import.meta.url));
const frozenIntl = `${here}src/intl.js`;

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

/** A digest of everything that the output is made from, so that whoever has no Node can tell whether it is current. */
async function digest() {
  const hash = createHash("sha256");
  const files = (await readdir(here, { recursive: true })).map((file) => file.replaceAll("\\", "/"));
  const sources = files.filter((file) => /^(src\/.*\.js|build\.mjs|package-lock\.json)$/.test(file)).sort();
  for (const file of sources) hash.update(`${file}\n`).update(await readFile(here + file));
  return hash.digest("hex");
}

const LIBRARIES = (
  "@noble/hashes acorn astring base64-js buffer ieee754 jmespath luxon remove-markdown title-case transliteration"
).split(" ");

/** The licenses of what is bundled, each with its library's name and version. */
async function licenses() {
  const texts = LIBRARIES.map(async (name) => {
    const folder = `${here}node_modules/${name}/`;
    const { version, license } = JSON.parse(await readFile(`${folder}package.json`, "utf8"));
    const file = (await readdir(folder)).find((each) => /^licen[sc]e/i.test(each));
    const text = file === undefined ? "(the package holds no license text)" : await readFile(folder + file, "utf8");
    return `${name} ${version}: ${license}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}

const BANNER = [
  "// Built by build.mjs from src/: do not edit. The libraries in it, and their licenses, are in LICENSES.txt.",
  `// sources: ${await digest()}`,
  '"use strict";',
].join("\n");

await build({
  entryPoints: { bundle: "src/main.js", script: "src/script/main.js" },
  outdir: here,
  bundle: true,
  format: "iife",
  target: "es2023",
  charset: "utf8",
  minify: true,
  legalComments: "none",
  banner: { js: BANNER },
  plugins: [made],
});

await writeFile(`${here}LICENSES.txt`, await licenses());
