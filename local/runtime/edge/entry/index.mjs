// The edge: finds the worker of a request by host and path, and shows it the request as it would be
// in production: https, the public host without `.localhost` and port, `cf-ray`, `request.cf`.
// The other headers that Cloudflare sets, and the ones a client may not send, are dealt with by the
// socket before this code runs: it is on the path of every request, so it does no more than it must.

/** @import { Identity } from "../access/application.mjs" */
/** @import { DeclaredAccess } from "../access/gate.mjs" */
/** @import { Declared as DeclaredList } from "../rules/lists.mjs" */
/** @import { Rule, Ruleset, ZoneRules } from "../rules/zone.mjs" */
/** @import { Declared } from "./routes.mjs" */

import { WorkerEntrypoint, env } from "cloudflare:workers";
import { NOBODY } from "../access/application.mjs";
import { Gate, identify } from "../access/gate.mjs";
import { kept } from "../caching/keep.mjs";
import { Guard, problem } from "../rules/guard.mjs";
import { counted } from "../rules/hits.mjs";
import { Lists } from "../rules/lists.mjs";
import { RequestView } from "../rules/request.mjs";
import { badHost, crashed, nothingHere } from "./answers.mjs";
import { explore, isForExplorer } from "./explorer.mjs";
import { begun, reported, watch } from "./reports.mjs";
import { Router } from "./routes.mjs";

const LOCAL = ".localhost";
// Any other sign is read in another way by whoever takes the URL apart next (`a@b`, `%61`, `a#.b`), and what
// guards the one host must not be passed by the name of another.
const HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
const USUAL_PEER = "127.0.0.1:";
const PEER_HEADERS = ["cf-connecting-ip", "x-forwarded-for", "x-real-ip"];
const CF = {
  asOrganization: "local",
  asn: 0,
  city: "Local",
  clientAcceptEncoding: "gzip, br",
  colo: "LOC",
  continent: "XX",
  country: "XX",
  httpProtocol: "HTTP/1.1",
  latitude: "0.00000",
  longitude: "0.00000",
  timezone: "UTC",
  tlsCipher: "AEAD-AES128-GCM-SHA256",
  tlsVersion: "TLSv1.3",
};

let { router, origins } = routersOf(env.ROUTES);
let guard = new Guard(env.RULESETS, env.ZONE_NAMES);
let lists = new Lists(env.LISTS);
let gate = new Gate(env.ACCESS);
let count = 0;

export default {
  /** @param {Request} request */
  fetch(request) {
    return serve(fromPeer(request), router, guard);
  },
};

/** What a worker's own fetch() meets behind routes and rules: the custom domains and the tunnels. */
export class Origin extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  fetch(request) {
    return serve(request, origins, undefined);
  }
}

/** Is told when routes, rules or lists changed, and says which rules could not run, and which have fired. */
export class Control extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    if (request.url.endsWith("/hits")) return Response.json(counted());
    /** @type {unknown} */
    const told = await request.json();
    if (request.url.endsWith("/problems")) return Response.json(problems(/** @type {Asked} */ (told)));
    if (request.url.endsWith("/watched")) watch(/** @type {string[]} */ (told).length > 0);
    else if (request.url.endsWith("/access")) gate = new Gate(/** @type {DeclaredAccess} */ (told));
    else if (request.url.endsWith("/lists")) lists = new Lists(/** @type {DeclaredList[]} */ (told));
    else if (request.url.endsWith("/rulesets")) guard = new Guard(/** @type {Ruleset[]} */ (told), env.ZONE_NAMES, guard);
    else ({ router, origins } = routersOf(/** @type {Declared[]} */ (told)));
    return new Response();
  }
}

/** @typedef {{ phase: string, rules: Rule[] }} Asked */

/** @param {Asked} asked */
const problems = ({ phase, rules }) => rules.map((rule) => problem(phase, rule) ?? null);

/** @param {Declared[]} routes */
function routersOf(routes) {
  const behind = routes.filter(({ kind }) => kind !== "route");
  return { router: new Router(routes, env.ZONE_NAMES), origins: new Router(behind, env.ZONE_NAMES) };
}

/**
 * The socket names every client 127.0.0.1. One that comes from another address, as 127.0.0.2 of this machine, is
 * named by that: limits of an address can be met by several.
 * @param {Request} request
 */
function fromPeer(request) {
  const peer = /** @type {{ clientIp?: string } | undefined} */ (request.cf)?.clientIp ?? "";
  if (peer.startsWith(USUAL_PEER)) return request;
  const address = peer.slice(0, peer.lastIndexOf(":")).replace(/^\[|\]$/g, "");
  if (address === "") return request;
  const named = new Request(request);
  for (const header of PEER_HEADERS) named.headers.set(header, address);
  return named;
}

/**
 * @param {Request} request
 * @param {Router} routes
 * @param {Guard | undefined} rules
 */
function serve(request, routes, rules) {
  const { url } = request;
  const from = url.indexOf("//") + 2;
  const to = url.indexOf("/", from);
  const given = url.slice(from, to).toLowerCase();
  const host = publicHost(given);
  const path = url.slice(to);
  const at = rules === undefined ? undefined : begun();
  if (!HOST.test(host)) return Promise.resolve(reported(request, { host, path }, at, badHost()));
  if (rules !== undefined && isForExplorer(path)) return explore(request, given, path);
  const guarded = rules?.of(host);
  const goOn = (/** @type {RequestView | undefined} */ view) => gated(request, routes, host, path, host === given, guarded?.rules.caches && view ? { ...guarded, view } : undefined);
  const view = guarded && new RequestView({ request, host, target: path, zone: guarded.zone, lists, now: Date.now() });
  const first = screened(guarded?.rules, view, goOn);
  const answer = at === undefined ? first : first.then((response) => reported(request, { host, path }, at, response, view));
  if (host === given) return answer;
  return answer.then((response) => localized(response, given));
}

/**
 * @param {ZoneRules | undefined} rules of the zone, where it has any
 * @param {RequestView | undefined} view what they look at
 * @param {(view: RequestView | undefined) => Promise<Response>} goOn
 */
function screened(rules, view, goOn) {
  if (rules === undefined || view === undefined) return goOn(undefined);
  const stopped = rules.stop(view);
  const answer = stopped === undefined ? goOn(view) : Promise.resolve(stopped);
  return rules.finishes ? answer.then((response) => rules.finish(view, response)) : answer;
}

/**
 * Let Access see a request of a host that it guards. Of others a worker may say who asks, and is not
 * believed: only those of clients have gone through the socket.
 * @param {Request} request
 * @param {Router} routes
 * @param {string} host
 * @param {string} path with its query
 * @param {boolean} secure whether the client used the public name
 * @param {Guarded} [guarded] the rules of its zone, where some are for caches
 */
function gated(request, routes, host, path, secure, guarded) {
  if (host === gate.team) return gate.serveTeam(request, path);
  if (gate.isOpen || !gate.watches(host, routes.workersOf(host))) {
    return answered(request, routes, host, path, secure, routes === router ? undefined : NOBODY, guarded);
  }
  const worker = routes.find(host, path)?.worker ?? null;
  return gate.pass(request, { host, path, worker, secure }, (who) => answered(request, routes, host, path, secure, who, guarded));
}

/**
 * @param {Request} request
 * @param {Router} routes
 * @param {string} host
 * @param {string} path with its query
 * @param {boolean} isPublic whether the client used the public name
 * @param {Identity | undefined} who asks, where that is to be said
 * @param {Guarded} [guarded] the rules of its zone, where some are for caches
 * @returns {Promise<Response>}
 */
function answered(request, routes, host, path, isPublic, who, guarded) {
  const target = targetOf(routes, host, path);
  if (target === undefined) return Promise.resolve(nothingHere(host));
  const url = `https://${host}${path}`;
  const goOn = () => pass(target, request, url, isPublic ? null : host, who).catch(crashed);
  const store = guarded && env[`cache:${guarded.zone}`];
  if (guarded === undefined || store === undefined || isWorker(routes, host, path)) return goOn();
  return kept(request, url, guarded.rules.caching(guarded.view), store, goOn);
}

/** @typedef {{ rules: ZoneRules, zone: string, view: RequestView }} Guarded */

/**
 * @param {Router} routes
 * @param {string} host
 * @param {string} path
 */
const isWorker = (routes, host, path) => typeof routes.find(host, path)?.worker === "string";

/**
 * Hand a request on. Without a body a plain description is enough; a Request given to fetch() with
 * `cf` is copied once more, and with it every header. With a body it has to be a Request: only that
 * may be a GET too.
 * @param {Fetcher} target
 * @param {Request} request
 * @param {string} url
 * @param {string | null} host the public host, where the client used another name
 * @param {Identity | undefined} who
 */
function pass(target, request, url, host, who) {
  if (request.body !== null) {
    const sent = new Request(url, request);
    mark(sent.headers, host, who);
    return target.fetch(sent, { cf: CF });
  }
  const headers = new Headers(request.headers);
  mark(headers, host, who);
  return target.fetch(url, { method: request.method, headers, redirect: "manual", cf: CF });
}

/**
 * @param {Headers} headers
 * @param {string | null} host
 * @param {Identity | undefined} who
 */
function mark(headers, host, who) {
  if (who !== undefined) identify(headers, who);
  headers.set("cf-ray", ray());
  if (host !== null) headers.set("host", host);
}

/** @param {string} given */
function publicHost(given) {
  const colon = given.lastIndexOf(":");
  const host = colon < 0 ? given : given.slice(0, colon);
  return host.endsWith(LOCAL) ? host.slice(0, -LOCAL.length) : host;
}

/**
 * @param {Router} routes
 * @param {string} host
 * @param {string} path
 * @returns {Fetcher | undefined}
 */
function targetOf(routes, host, path) {
  const route = routes.find(host, path);
  if (route === undefined) return publicBucket(host);
  if (route.worker !== null) return env[`worker:${route.worker}`];
  // A route that keeps workers away lets through to what stands behind: the host's balancer or tunnel.
  return behind(route.kind === "route" ? origins.find(host, path) : route);
}

/** @param {Declared | undefined} route */
function behind(route) {
  if (route?.kind === "balancer") return env.BALANCER;
  return route?.kind === "tunnel" ? env.TUNNEL : undefined;
}

/**
 * @param {string} host
 * @returns {Fetcher | undefined}
 */
function publicBucket(host) {
  const bucket = env.PUBLIC[host];
  return bucket === undefined ? undefined : env[`bucket:${bucket}`];
}

// Sixteen hexadecimal digits and the data centre, as Cloudflare writes it.
function ray() {
  count = (count + 1) % 0x100000;
  return `${Date.now().toString(16).padStart(11, "0")}${count.toString(16).padStart(5, "0")}-LOC`;
}

/**
 * A redirect to a host that lives here stays here, when the client came by the `.localhost` name.
 * @param {Response} response
 * @param {string} given
 */
function localized(response, given) {
  if (response.status < 300 || response.status >= 400 || !given.includes(LOCAL)) return response;
  const location = response.headers.get("location");
  if (!location?.startsWith("https://")) return response;
  const url = new URL(location);
  if (url.hostname !== gate.team && targetOf(router, url.hostname, url.pathname + url.search) === undefined) return response;
  const local = new Response(response.body, response);
  local.headers.set("location", `http://${url.hostname}${LOCAL}:${env.PORT}${url.pathname}${url.search}${url.hash}`);
  return local;
}
