// Which worker answers a URL: Cloudflare's route patterns and custom domains.
//
// A pattern is `[scheme://]host[/path]`. `*` may begin the host and end the path. Without a path it
// means `/`; without a closing `*` the whole rest of the URL, query included, has to be equal.
// The most specific pattern wins: first by host (exact before wildcard, longer before shorter), then
// by path. A route without a worker keeps workers away from what it matches. A route goes before a
// custom domain of the same host.

/**
 * A route as it was declared. Without a worker it keeps workers away from what it matches.
 * @typedef {{ pattern: string, kind: "route" | "domain", worker: string | null }} Declared
 */

/**
 * A pattern taken apart. `host` and `path` are what follows, and what stands before, a `*`.
 * @typedef {{ never: boolean, anyHost: boolean, host: string, anyPath: boolean, path: string }} Pattern
 */

/** @typedef {Pattern & { domain: 0 | 1, worker: string | null, pattern: string }} Route */

const SCHEME = /^(https?):\/\//;
const REMEMBERED_HOSTS = 1000;

/**
 * Take a pattern apart. Every request counts as https, so a pattern for http matches nothing.
 * @param {string} pattern
 * @returns {Pattern}
 */
function parse(pattern) {
  const scheme = SCHEME.exec(pattern)?.[1] ?? null;
  const rest = pattern.replace(SCHEME, "");
  const slash = rest.indexOf("/");
  const host = (slash < 0 ? rest : rest.slice(0, slash)).toLowerCase();
  const path = slash < 0 ? "/" : rest.slice(slash);
  const anyHost = host.startsWith("*");
  const anyPath = path.endsWith("*");
  return {
    never: scheme === "http",
    anyHost,
    host: anyHost ? host.slice(1) : host,
    anyPath,
    path: anyPath ? path.slice(0, -1) : path,
  };
}

/** @type {(route: Route, host: string) => boolean} */
const matchesHost = (route, host) => (route.anyHost ? host.endsWith(route.host) : host === route.host);
/** @type {(route: Route, path: string) => boolean} */
const matchesPath = (route, path) => (route.anyPath ? path.startsWith(route.path) : path === route.path);

/**
 * Cloudflare ranks `/images*` before `/images/*` (its documentation calls that a known issue).
 * @param {Route} route
 */
const depth = (route) => route.path.replace(/\/$/, "").length;

/**
 * Order routes from the most specific to the least.
 * @param {Route} a
 * @param {Route} b
 */
function compare(a, b) {
  return (
    a.domain - b.domain ||
    Number(a.anyHost) - Number(b.anyHost) ||
    b.host.length - a.host.length ||
    depth(b) - depth(a) ||
    Number(a.anyPath) - Number(b.anyPath) ||
    a.path.length - b.path.length
  );
}

/** Finds the route of a URL. A host's routes are sorted out once and remembered. */
export class Router {
  #routes;
  /** @type {Map<string, Route[]>} */
  #hosts = new Map();

  /** @param {Declared[]} routes */
  constructor(routes) {
    this.#routes = routes.map(prepared).filter((route) => !route.never).sort(compare);
  }

  /**
   * The route for a lower-case host and a path with query, or undefined.
   * @param {string} host
   * @param {string} path
   */
  find(host, path) {
    const routes = this.#hosts.get(host) ?? this.#learn(host);
    for (const route of routes) if (matchesPath(route, path)) return route;
    return undefined;
  }

  /** @param {string} host */
  #learn(host) {
    const routes = this.#routes.filter((route) => matchesHost(route, host));
    if (this.#hosts.size >= REMEMBERED_HOSTS) this.#hosts.clear();
    this.#hosts.set(host, routes);
    return routes;
  }
}

/**
 * @param {Declared} declared
 * @returns {Route}
 */
function prepared({ pattern, kind, worker }) {
  const domain = kind === "domain" ? 1 : 0;
  return { ...parse(domain ? `${pattern}/*` : pattern), domain, worker, pattern };
}
