/*
 * Bundle and minify the display, and copy the axe that its tests use: `make widget`.
 * With --check, only say whether the files are current.
 */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, transform } from "esbuild";

const FOLDER = fileURLToPath(new URL("../../static/widget/", import.meta.url));
const AXE = fileURLToPath(new URL("../../gamopanda/tests/browser/axe.min.js", import.meta.url));
// The browsers that docs/widget.md names.
const TARGET = ["chrome98", "firefox101", "safari16.4"];
// The script itself is a classic one; its parts are modules that it loads on use.
const SCRIPT = { gamopanda: "gamopanda.js" };
const PARTS = { "gamopanda-breaks": "breaks.js", "gamopanda-celebration": "celebration.js" };

const minifiedStyles = {
  name: "minified styles as text",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true, target: TARGET });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

// What is shown without an answer of the server; all other texts come with it.
const OFFLINE_TEXTS = [
  "launcher_title",
  "panel_title",
  "close_button",
  "loading",
  "unavailable",
  "retry_button",
  "signed_out",
  "sign_in_button",
];
const camelCase = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const fewTexts = {
  name: "the shipped texts that are needed without an answer",
  setup(bundler) {
    bundler.onLoad({ filter: /shipped_texts.\w+\.json$/ }, async ({ path }) => {
      const texts = JSON.parse(await readFile(path, "utf8"));
      const contents = JSON.stringify(Object.fromEntries(OFFLINE_TEXTS.map((name) => [camelCase(name), texts[name]])));
      return { contents, loader: "json" };
    });
  },
};

async function bundle(entries, format) {
  const entryPoints = Object.entries(entries).map(([out, file]) => ({ in: `${FOLDER}src/${file}`, out }));
  const how = { bundle: true, minify: true, charset: "utf8", target: TARGET, format, plugins: [minifiedStyles, fewTexts] };
  const { outputFiles } = await build({ entryPoints, outdir: FOLDER, write: false, ...how });
  return outputFiles;
}

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"));
const built = [...(await bundle(SCRIPT, "iife")), ...(await bundle(PARTS, "esm"))];
const files = [...built.map(({ path, contents }) => ({ path, contents })), { path: AXE, contents: axe }];
if (process.argv.includes("--check")) {
  const isStale = async ({ path, contents }) => !(await readFile(path).catch(() => Buffer.of())).equals(contents);
  const stale = [];
  for (const file of files) if (await isStale(file)) stale.push(relative(process.cwd(), file.path));
  if (stale.length) {
    console.error(`These are not what static/widget/src gives; run make widget and commit them: ${stale.join(", ")}`);
    process.exit(1);
  }
} else {
  for (const { path, contents } of files) {
    await writeFile(path, contents);
    console.log(`${basename(path)}: ${contents.length} bytes`);
  }
}
