// Which application stands before a URL. The most specific place wins, and nothing is inherited from
// another; a worker's own application stands before all of its hosts, behind every place.
//
// A star in a host stands for what is between two dots, one in a path for anything. A path without a
// star is itself and all below it; `/a/*` is all below `/a`, and not `/a`.

/** @import { Application } from "./application.mjs" */

/** @typedef {{ app: Application, host: RegExp, path: RegExp, weight: [number, number, number] }} Place */

const REMEMBERED_HOSTS = 1000;
const OF_VERSION = "@";
const ODD = /[$()*+.?[\\\]^{|}]/g;
const DOUBTFUL = /%|\\|\/[./]/;
const ASCII_BYTES = /%[0-7][0-9a-f]/gi;
const SAFE_BYTES = /%(2d|2e|5f|7e|3[0-9]|[46][1-9a-f]|[57][0-9a])/gi;

/** A path that could mean two places; whoever asks for it gets 400. */
export const AMBIGUOUS = Symbol("ambiguous");

export class Places {
  /** @type {Place[]} */
  #places = [];
  /** @type {Map<string, Application>} */
  #workers = new Map();
  /** @type {Map<string, Application>} before what answers for one version alone */
  #previews = new Map();
  /** @type {Map<string, Place[]>} */
  #hosts = new Map();

  /** @param {Application[]} apps */
  constructor(apps) {
    for (const app of apps) {
      for (const place of app.declared.places) this.#places.push(compiled(app, place));
      for (const worker of app.declared.workers) this.#workers.set(worker, app);
      for (const worker of app.declared.previews) this.#previews.set(worker, app);
    }
    this.#places.sort((a, b) => heavier(a.weight, b.weight));
  }

  get isEmpty() {
    return this.#places.length === 0 && this.#workers.size === 0 && this.#previews.size === 0;
  }

  /**
   * Whether something stands before a host, where these workers answer.
   * @param {string} host
   * @param {Iterable<string>} workers
   */
  watches(host, workers) {
    if (this.#of(host).length > 0) return true;
    for (const worker of workers) if (this.#before(worker) !== undefined) return true;
    return false;
  }

  /**
   * Return what stands before a URL; undefined where nothing does.
   * @param {string} host
   * @param {string} path without query
   * @param {string | null} worker that answers there
   */
  find(host, path, worker) {
    const places = this.#of(host);
    const own = worker === null ? undefined : this.#before(worker);
    if (places.length === 0) return own;
    const shown = plain(path);
    const found = choose(places, shown) ?? own;
    // What a worker might take for another path must not be guarded as this one.
    if (DOUBTFUL.test(shown)) {
      const other = choose(places, resolved(shown)) ?? own;
      if (other !== found) return AMBIGUOUS;
    }
    return found;
  }

  /** @param {string} worker a script, or `script@version` at the host of a preview */
  #before(worker) {
    const at = worker.indexOf(OF_VERSION);
    return at < 0 ? this.#workers.get(worker) : this.#previews.get(worker.slice(0, at));
  }

  /** @param {string} host */
  #of(host) {
    const known = this.#hosts.get(host);
    if (known !== undefined) return known;
    const found = this.#places.filter((place) => place.host.test(host));
    if (this.#hosts.size >= REMEMBERED_HOSTS) this.#hosts.clear();
    this.#hosts.set(host, found);
    return found;
  }
}

/**
 * @param {Application} app
 * @param {string} place
 * @returns {Place}
 */
function compiled(app, place) {
  const slash = place.indexOf("/");
  const host = slash < 0 ? place : place.slice(0, slash);
  const given = slash < 0 ? "" : place.slice(slash);
  // `/*` of a host is the host, as no path is.
  const path = given === "/*" ? "" : given.endsWith("/") ? given.slice(0, -1) : given;
  const ending = path.endsWith("*") ? "$" : "(?:/|$)";
  return {
    app,
    host: new RegExp(`^${starred(host, "[^.]*")}$`),
    path: new RegExp(`^${starred(path, ".*")}${path === "" ? "" : ending}`, "s"),
    weight: [host.includes("*") ? 0 : 1, host.length, path.replaceAll("*", "").length * 2 + (path.includes("*") ? 0 : 1)],
  };
}

/**
 * @param {string} text
 * @param {string} star
 */
const starred = (text, star) => text.split("*").map((part) => part.replace(ODD, String.raw`\$&`)).join(star);

/**
 * @param {Place[]} places
 * @param {string} path
 */
const choose = (places, path) => places.find((place) => place.path.test(path))?.app;

/** @type {(a: [number, number, number], b: [number, number, number]) => number} */
const heavier = (a, b) => b[0] - a[0] || b[1] - a[1] || b[2] - a[2];

// `%61` is `a` to everybody.
/** @param {string} path */
const plain = (path) => (path.includes("%") ? path.replace(SAFE_BYTES, (found) => decodeURIComponent(found)) : path);

/** @param {string} path with all that a careless reader would decode, join and go up */
function resolved(path) {
  let decoded;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // No text: a reader that puts a mark in the place of what is none still takes the slashes.
    decoded = path.replaceAll(ASCII_BYTES, (found) => decodeURIComponent(found));
  }
  return new URL(decoded.replaceAll("\\", "/").replaceAll(/\/{2,}/g, "/"), "https://host").pathname;
}
