// Which worker answers a URL. `edge/kind.py` takes Cloudflare's patterns apart and puts the most
// specific first (planning/routes.py has the one reading of them); here they are only compared.
//
// `*` may begin the host and end the path; without a closing `*` the whole rest of the URL, query
// included, has to be equal. A route answers the hosts of its own zone, and those of no zone, as
// custom hostnames are. A route without a worker keeps workers away from what it matches.

/**
 * A route taken apart: `host` and `path` are what follows, and what stands before, a `*`.
 * @typedef {object} Declared
 * @property {string} pattern
 * @property {"route" | "domain" | "balancer" | "tunnel"} kind
 * @property {string | null} worker
 * @property {string} zone "" for every zone
 * @property {boolean} any_host
 * @property {string} host
 * @property {boolean} any_path
 * @property {string} path
 */

const REMEMBERED_HOSTS = 1000;

/** @type {(route: Declared, host: string) => boolean} */
const matchesHost = (route, host) => (route.any_host ? host.endsWith(route.host) : host === route.host);
/** @type {(route: Declared, path: string) => boolean} */
const matchesPath = (route, path) => (route.any_path ? path.startsWith(route.path) : path === route.path);

/** Finds the route of a URL. A host's routes are sorted out once and remembered. */
export class Router {
  #routes;
  #zones;
  /** @type {Map<string, Declared[]>} */
  #hosts = new Map();

  /**
   * @param {Declared[]} routes the most specific first
   * @param {string[]} zones all of the account
   */
  constructor(routes, zones) {
    this.#routes = routes;
    this.#zones = zones.toSorted((a, b) => b.length - a.length);
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

  /**
   * The workers that may answer at a host, wherever.
   * @param {string} host
   */
  workersOf(host) {
    const routes = this.#hosts.get(host) ?? this.#learn(host);
    return routes.flatMap(({ worker }) => worker ?? []);
  }

  /** @param {string} host */
  #learn(host) {
    const zone = this.#zones.find((each) => host === each || host.endsWith(`.${each}`));
    const routes = this.#routes.filter((route) => matchesHost(route, host) && enters(zone, route.zone));
    if (this.#hosts.size >= REMEMBERED_HOSTS) this.#hosts.clear();
    this.#hosts.set(host, routes);
    return routes;
  }
}

/**
 * Whether requests to a host in `zone` (undefined: in none of the account) come to routes of `own`.
 * @param {string | undefined} zone
 * @param {string} own
 */
const enters = (zone, own) => own === "" || zone === undefined || zone === own;
