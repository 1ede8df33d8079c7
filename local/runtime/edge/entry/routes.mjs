// Which worker answers a URL: Cloudflare's route patterns and custom domains.
//
// A pattern is `[scheme://]host[/path]`. `*` may begin the host and end the path. Without a path it
// means `/`; without a closing `*` the whole rest of the URL, query included, has to be equal.
// The most specific pattern wins: first by host (exact before wildcard, longer before shorter), then
// by path. A route without a worker keeps workers away from what it matches. A route goes before a
// custom domain of the same host.

const SCHEME = /^(https?):\/\//;
const REMEMBERED_HOSTS = 1000;

/** Take a pattern apart. Every request counts as https, so a pattern for http matches nothing. */
export function parse(pattern) {
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

const matchesHost = (route, host) => (route.anyHost ? host.endsWith(route.host) : host === route.host);
const matchesPath = (route, path) => (route.anyPath ? path.startsWith(route.path) : path === route.path);

// Cloudflare ranks `/images*` before `/images/*` (its documentation calls that a known issue).
const depth = (route) => route.path.replace(/\/$/, "").length;

/** Order routes from the most specific to the least. */
function compare(a, b) {
  return (
    a.domain - b.domain ||
    a.anyHost - b.anyHost ||
    b.host.length - a.host.length ||
    depth(b) - depth(a) ||
    a.anyPath - b.anyPath ||
    a.path.length - b.path.length
  );
}

/** Finds the route of a URL. A host's routes are sorted out once and remembered. */
export class Router {
  #routes;
  #hosts = new Map();

  /** `routes`: `[{pattern, kind: "route" | "domain", worker: name | null}]` */
  constructor(routes) {
    this.#routes = routes.map(prepared).filter((route) => !route.never).sort(compare);
  }

  /** The route for a lower-case host and a path with query, or undefined. */
  find(host, path) {
    const routes = this.#hosts.get(host) ?? this.#learn(host);
    for (const route of routes) if (matchesPath(route, path)) return route;
    return undefined;
  }

  #learn(host) {
    const routes = this.#routes.filter((route) => matchesHost(route, host));
    if (this.#hosts.size >= REMEMBERED_HOSTS) this.#hosts.clear();
    this.#hosts.set(host, routes);
    return routes;
  }
}

function prepared({ pattern, kind, worker }) {
  const domain = kind === "domain" ? 1 : 0;
  return { ...parse(domain ? `${pattern}/*` : pattern), domain, worker, pattern };
}
