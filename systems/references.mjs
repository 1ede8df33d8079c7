// Writes to stdout, as JSON, the files that the references of all APIs make: name → content. `make docs` keeps them.
import { build } from "esbuild";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const SYSTEMS = fileURLToPath(new URL(".", import.meta.url));

/** Modules that export a `REFERENCE`: `<system>/workers/<worker>/reference/index.ts`. */
function* references() {
  for (const system of readdirSync(SYSTEMS).sort()) {
    const workers = join(SYSTEMS, system, "workers");
    for (const worker of existsSync(workers) ? readdirSync(workers).sort() : []) {
      const module = join(workers, worker, "reference", "index.ts");
      if (existsSync(module)) yield module;
    }
  }
}

async function filesOf(module) {
  const contents = `import { openApi } from "#lib/openapi";
    import { referencePage } from "#lib/reference_page";
    import { REFERENCE } from ${JSON.stringify(module)};
    export const files = {
      [REFERENCE.name + ".json"]: JSON.stringify(openApi(REFERENCE), null, 2) + "\\n",
      [REFERENCE.name + ".md"]: referencePage(REFERENCE),
    };`;
  const stdin = { contents, resolveDir: SYSTEMS, loader: "ts" };
  const outfile = join(await mkdtemp(join(tmpdir(), "references-")), "index.mjs");
  try {
    await build({ stdin, outfile, bundle: true, format: "esm", logLevel: "error" });
    return (await import(pathToFileURL(outfile).href)).files;
  } finally {
    await rm(dirname(outfile), { recursive: true });
  }
}

const all = {};
for (const module of references()) Object.assign(all, await filesOf(module));
process.stdout.write(JSON.stringify(all));
