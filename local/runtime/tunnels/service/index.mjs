// Sends the requests of a tunnel's hosts where its rules lead, in the place of cloudflared.

import { WorkerEntrypoint, env } from "cloudflare:workers";
import { AccessCheck } from "./access_check.mjs";
import { choose, compile, hostOf } from "./ingress.mjs";

/** @import { Known } from "./access_check.mjs" */
/** @import { Declared } from "./ingress.mjs" */
/** @typedef {{ host: string, rules: Declared[] | null }} Host */

const STATUS = /^http_status:(\d+)$/;
const FEWEST = 200; // a Response of a worker has none below

// What Cloudflare says is the client of a worker's own fetch(), which brings none along.
const CLIENT = "cf-connecting-ip";
const WORKERS = "2a06:98c0:3600::103";

let hosts = compiled(env.TUNNEL_HOSTS);
let check = new AccessCheck(env.TUNNEL_ACCESS);

export default {
  /** @param {Request} request */
  fetch(request) {
    return answer(request, new URL(request.url).hostname);
  },
};

/** What a load balancer asks: a tunnel by its own name, which stands in `cf`, for any host. */
export class Named extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  fetch(request) {
    return answer(request, String(request.cf?.["tunnel"]));
  }
}

/**
 * @param {Request} request
 * @param {string} name of the tunnel, or of a host that leads to it
 */
function answer(request, name) {
  const url = new URL(request.url);
  const host = hosts.find((each) => each.matches(name));
  if (host === undefined || host.rules === null) return refusal(530, 1033, "the tunnel of this host is gone");
  const rule = choose(host.rules, url.hostname, url.pathname);
  // Without any rule cloudflared answers 503 to everything (C15).
  if (rule === undefined) return refusal(503, null, "the tunnel has no rule for this request");
  return serve(request, url, rule.declared);
}

/** Is told when tunnels or their DNS records changed, or the team of Access. */
export class Control extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    /** @type {unknown} */
    const told = await request.json();
    if (request.url.endsWith("/access")) check = new AccessCheck(/** @type {Known} */ (told));
    else hosts = compiled(/** @type {Host[]} */ (told));
    return new Response();
  }
}

/** @param {Host[]} declared */
function compiled(declared) {
  return declared.map(({ host, rules }) => ({ matches: hostOf(host), rules: rules && compile(rules) }));
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {Declared} rule
 */
function serve(request, url, { service, originRequest = {} }) {
  const status = STATUS.exec(service);
  if (status) return bare(Number(status[1]));
  const origin = env[`origin:${service}`];
  if (origin === undefined) return refusal(502, null, `${service} is no http service of this machine; no other is reached here`);
  const goOn = () => forward(request, url, origin, originRequest.httpHostHeader);
  const taken = originRequest.access?.required ? check.takes(request.headers, originRequest.access) : true;
  if (taken instanceof Promise) return taken.then((each) => (each ? goOn() : withoutToken()));
  return taken ? goOn() : withoutToken();
}

const withoutToken = () => refusal(403, null, "cloudflared takes it with a token of Access only");

// Without a header and without a body (C15).
/** @param {number} status */
function bare(status) {
  return status < FEWEST ? refusal(502, null, `${status} is no status that a worker can answer with`) : new Response(null, { status });
}

/**
 * The service is asked for the host of the visitor; where it is to have another one, the visitor's
 * goes along in X-Forwarded-Host (C14).
 * @param {Request} request
 * @param {URL} url
 * @param {Fetcher} origin
 * @param {string | undefined} asked
 */
async function forward(request, url, origin, asked) {
  const sent = new Request(`http://${asked ?? url.host}${url.pathname}${url.search}`, request);
  if (asked !== undefined) sent.headers.set("x-forwarded-host", url.host);
  if (!sent.headers.has(CLIENT)) sent.headers.set(CLIENT, WORKERS);
  try {
    return await origin.fetch(sent, { redirect: "manual" });
  } catch {
    return refusal(502, null, "nothing answers at the address of the service");
  }
}

/**
 * @param {number} status
 * @param {number | null} code
 * @param {string} reason
 */
function refusal(status, code, reason) {
  const text = `error code: ${code ?? status}\n${reason}\n`;
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
