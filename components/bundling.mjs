// How esbuild makes one module of a worker: as wrangler does by default, but for what it names and refuses.
//
// `bundler.mjs` does it once, `watcher.mjs` at every change. The map of the module stands in it, with paths below
// the root, so that whoever shows an exception can name the line that somebody wrote.

import { readFile } from "node:fs/promises";
import { builtinModules } from "node:module";

const PLAIN = builtinModules.filter((name) => !/^_|:/.test(name));
const BUILT_IN = new RegExp(`^(?:node:.+|${PLAIN.join("|")})$`);
const REQUIRED = "required-built-in";
const ELSEWHERE = /^.*?(?=node_modules\/)|^\.\.\/.*\//;
const NODE_SINCE = "2026-08-04";

/**
 * Node's modules are the runtime's. An import of one stays; a `require` of one becomes an import, for a module
 * of the runtime has no `require`. They go before a package of the same name, as in Node.
 */
const builtIns = (node) => ({
  name: "built-ins",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: BUILT_IN }, async ({ path, kind, importer, resolveDir, pluginData }) => {
      if (pluginData === REQUIRED) return undefined;
      const name = path.startsWith("node:") ? path : `node:${path}`;
      if (!node && path !== name) return packageOf(path, { kind, importer, resolveDir, resolve });
      return kind === "require-call" ? { path: name, namespace: REQUIRED } : { path: name, external: true };
    });
    onLoad({ filter: /.*/, namespace: REQUIRED }, ({ path }) => ({
      contents: `import required from ${JSON.stringify(path)};\nmodule.exports = required;`,
    }));
  },
});

/** The package of the name of a module that this worker has not. */
async function packageOf(path, { kind, importer, resolveDir, resolve }) {
  const found = await resolve(path, { kind, importer, resolveDir, pluginData: REQUIRED });
  if (found.errors.length === 0) return found;
  const why = `"${path}" is a module of Node.js, which the worker has from compatibility date ${NODE_SINCE} on`;
  return { errors: [{ text: `${why} or with the flag nodejs_compat; set one of them, or install a package` }] };
}

/** Files that wrangler makes modules of their own: a worker is one module here. */
const files = {
  name: "files",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path }) => ({
      errors: [{ text: `"${path}": a worker is uploaded as one module, and WebAssembly has to be a module of its own; leave it out` }],
    }));
    onLoad({ filter: /\.bin$/ }, async ({ path }) => ({ contents: arrayBuffer(await readFile(path)) }));
  },
};

/** @param {Buffer} bytes */
function arrayBuffer(bytes) {
  const encoded = JSON.stringify(bytes.toString("base64"));
  return `export default Uint8Array.from(atob(${encoded}), (each) => each.charCodeAt(0)).buffer;`;
}

/** The map with paths that say nothing of this machine: below the program, below `node_modules`, or a name. */
function portable(map) {
  const sources = map.sources.map((source) => source.replace(ELSEWHERE, ""));
  const { version, names, mappings } = map;
  return JSON.stringify({ version, sources, names, mappings });
}

/**
 * The options of esbuild for the worker whose entry module is `entry`, relative to the folder `root`. `node` says
 * whether the worker's compatibility date and flags give it Node's modules.
 */
export const options = ({ root, entry, node }) => ({
  absWorkingDir: root,
  entryPoints: [entry],
  outfile: `${root}/index.mjs`, // paths of the map begin here; nothing is written there
  write: false,
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2024",
  conditions: ["workerd", "worker", "browser"],
  define: { "process.env.NODE_ENV": '"production"', "navigator.userAgent": '"Cloudflare-Workers"' },
  external: ["cloudflare:*"],
  preserveSymlinks: true, // packages are named by where they are linked, not by where they lie on this machine
  loader: { ".js": "jsx", ".mjs": "jsx", ".cjs": "jsx", ".txt": "text", ".html": "text", ".sql": "text" },
  legalComments: "none",
  logLevel: "silent",
  color: false,
  metafile: true,
  sourcemap: "external",
  sourcesContent: false,
  plugins: [builtIns(node), files],
});

/** The module that is uploaded, from what esbuild made with these options. */
export function moduleOf({ outputFiles }) {
  const [map, module] = ["index.mjs.map", "index.mjs"].map((name) => outputFiles.find(({ path }) => path.endsWith(name)));
  const encoded = Buffer.from(portable(JSON.parse(map.text))).toString("base64");
  return `${module.text}//# sourceMappingURL=data:application/json;base64,${encoded}\n`;
}
