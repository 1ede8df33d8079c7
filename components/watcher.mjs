// Bundles workers again at every change of a file that they are made of (`bundling.mjs` says how).
//
// Reads `{root, workers: [{script, entry, node}]}` as one line of JSON from the standard input, and ends with it.
// Writes one line of JSON for each bundle:
//
//   {script, seconds, module}             the text of the module
//   {script, seconds, errors: [{text, file, line, column, source}]}
//
// `seconds`: since the change was noticed. The first bundle of each worker is written at once.

import { watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { context } from "esbuild";
import { moduleOf, options } from "./bundling.mjs";

const SETTLED_MS = 10; // an editor may write a file in two steps
const NO_FILE = /^[a-z-]{2,}:/;
const PACKAGES = /[/\\]node_modules[/\\]/;

/** Folders whose entries are watched: files are replaced by others of their name, which a watch of a file misses. */
class Folders {
  #watched = new Map();
  #turn = Promise.resolve();

  /**
   * @param {() => Iterable<string>} wanted the folders to watch
   * @param {(path: string, folder: string) => void} changed
   */
  constructor(wanted, changed) {
    this.wanted = wanted;
    this.changed = changed;
  }

  /** Watch what is wanted now and nothing else; for a folder that is not there, the nearest above it. */
  keep() {
    this.#turn = this.#turn.then(() => this.#keep());
    return this.#turn;
  }

  async #keep() {
    const found = new Map();
    for (const folder of new Set(this.wanted())) {
      const [path, inode] = await existing(folder);
      found.set(path, inode);
    }
    for (const [path, { watcher, inode }] of this.#watched) {
      if (found.get(path) === inode) continue;
      watcher.close();
      this.#watched.delete(path);
    }
    for (const [path, inode] of found) if (!this.#watched.has(path)) this.#watched.set(path, { watcher: this.#watch(path), inode });
  }

  #watch(folder) {
    const watcher = watch(folder, (_, name) => this.changed(name === null ? folder : join(folder, name), folder));
    watcher.on("error", () => this.changed(folder, folder)); // it was deleted
    return watcher;
  }
}

/** The nearest folder that is there, and what tells it from one that takes its place. */
async function existing(folder) {
  try {
    const { ino } = await stat(folder);
    return [folder, ino];
  } catch (error) {
    if (dirname(folder) === folder) throw error;
    return existing(dirname(folder));
  }
}

class Worker {
  files = new Set();
  folders = new Set();
  failed = false;
  #root;
  #script;
  #context;
  #running = false;
  #since;

  static async of(root, worker) {
    const made = new Worker();
    made.#root = root;
    made.#script = worker.script;
    const entry = resolve(root, worker.entry);
    made.#learn([entry]);
    const given = options({ ...worker, root });
    made.#context = await context({ ...given, plugins: [made.#noting(), ...given.plugins] });
    return made;
  }

  /** Notes where modules are looked for, also those that are not there. */
  #noting() {
    return {
      name: "noting",
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) => {
          if (!PACKAGES.test(`${resolveDir}/`)) this.folders.add(dirname(resolve(resolveDir, path)));
          return undefined;
        }),
    };
  }

  /** Whether a change of `path`, seen in `folder`, may change the bundle. */
  concerns(path, folder) {
    if (this.files.has(path)) return true;
    const isOfFolder = this.folders.has(folder) || [...this.folders].some((each) => each.startsWith(path));
    return isOfFolder && (this.failed || path === folder || basename(path) === basename(folder));
  }

  /** Bundle; a change that comes meanwhile has it done once more. */
  async bundle(since = Date.now()) {
    this.#since ??= since;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#since !== undefined) {
        const began = this.#since;
        await new Promise((settled) => setTimeout(settled, SETTLED_MS));
        this.#since = undefined;
        const known = new Set(this.folders);
        const read = Date.now();
        const made = await this.#made();
        await watching.keep();
        if (await this.#changedUnseen(known, read)) this.#since ??= began;
        if (this.#since === undefined) write({ script: this.#script, seconds: (Date.now() - began) / 1000, ...made });
      }
    } finally {
      this.#running = false;
    }
  }

  /** Whether a file changed in a folder that was not watched yet when the files were read. */
  async #changedUnseen(known, read) {
    const unseen = [...this.files].filter((file) => !known.has(dirname(file)));
    const times = await Promise.all(unseen.map((file) => stat(file).then(({ mtimeMs }) => mtimeMs, () => 0)));
    return times.some((time) => time >= read);
  }

  async #made() {
    try {
      const made = await this.#context.rebuild();
      this.files.clear();
      this.folders.clear();
      const inputs = Object.keys(made.metafile.inputs).filter((input) => !NO_FILE.test(input));
      this.#learn(inputs.map((input) => resolve(this.#root, input)));
      this.failed = false;
      return { module: moduleOf(made) };
    } catch (error) {
      if (!Array.isArray(error.errors)) throw error;
      this.failed = true;
      const places = error.errors.map(({ location }) => location?.file).filter(Boolean);
      this.#learn(places.map((file) => resolve(this.#root, file)));
      return { errors: error.errors.map(shown) };
    }
  }

  #learn(paths) {
    for (const path of paths.filter((each) => !PACKAGES.test(each))) {
      this.files.add(path);
      this.folders.add(dirname(path));
    }
  }
}

/** @param {import("esbuild").Message} message */
function shown({ text, location }) {
  const { file = null, line = null, column = null, lineText = null } = location ?? {};
  return { text, file, line, column: column === null ? null : column + 1, source: lineText };
}

function write(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const lines = createInterface({ input: process.stdin });
const [asked] = await new Promise((given) => lines.once("line", (line) => given([JSON.parse(line)])));
lines.once("close", () => process.exit());

const workers = await Promise.all(asked.workers.map((worker) => Worker.of(asked.root, worker)));
const watching = new Folders(
  () => workers.flatMap(({ folders }) => [...folders]),
  (path, folder) => {
    const now = Date.now();
    for (const worker of workers) if (worker.concerns(path, folder)) void worker.bundle(now);
  },
);
await watching.keep();
await Promise.all(workers.map((worker) => worker.bundle()));
