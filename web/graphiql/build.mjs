// Builds the query page into api/static/graphiql. Run by `make graphiql`; the result is committed.
import { build } from "esbuild";
import { copyFile, mkdir, rm } from "node:fs/promises";

const out = new URL("../../api/static/graphiql/", import.meta.url).pathname;
await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
await build({
  entryPoints: { graphiql: "src/main.jsx", page: "src/page.css" },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  legalComments: "none",
  define: { "process.env.NODE_ENV": '"production"' },
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty" },
  logLevel: "info",
});
await copyFile("src/index.html", `${out}index.html`);
