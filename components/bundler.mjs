// Bundles a worker once (`bundling.mjs` says how).
//
// Reads `{root, entry, outfile, metafile, node}` as JSON from the standard input.

import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { moduleOf, options } from "./bundling.mjs";

const { outfile, metafile, ...worker } = JSON.parse(await text(process.stdin));

try {
  const made = await build({ ...options(worker), logLevel: "error" });
  await writeFile(outfile, moduleOf(made));
  await writeFile(metafile, JSON.stringify(made.metafile));
} catch (error) {
  if (!Array.isArray(error.errors)) throw error;
  process.exitCode = 1; // esbuild has said what is wrong
}
