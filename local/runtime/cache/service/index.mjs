// The Cache API as the runtime speaks it. The key is the address of the request:
//
//   GET    <key>     an answer with `cf-cache-status: HIT`, or one that is a miss
//   PUT    <key>     the body is a whole HTTP answer as text
//   PURGE  <key>     200, or 404 when nothing was there
//
// `cf-cache-namespace` names a cache that `caches.open()` gave. Workers of one zone share what is
// kept, as on Cloudflare; those that answer in no zone share a cache of their own.

import { WorkerEntrypoint, env } from "cloudflare:workers";
import { Near } from "./near.mjs";

export { ZoneCache } from "./zone_cache.mjs";

const NO_ZONE = "none";
const NAMED = "cf-cache-namespace";
const EDGE = "edge"; // what the edge keeps by cache rules is for the edge alone
let zones = env.ZONES;

/** @type {Map<string, Near>} by zone */
const memories = new Map();

export default {
  /**
   * @param {Request} request
   * @param {unknown} _env
   * @param {ExecutionContext<{ worker: string }>} ctx
   */
  fetch(request, _env, ctx) {
    const zone = zones[ctx.props.worker] ?? NO_ZONE;
    return ask(zone, request.headers.get(NAMED) === EDGE ? renamed(request) : request);
  },
};

/**
 * @param {string} zone
 * @param {Request} request
 */
function ask(zone, request) {
  const near = memories.get(zone) ?? new Near();
  memories.set(zone, near);
  return near.fetch(env.CACHES.getByName(zone), request.headers.get(NAMED) ?? "", request);
}

/**
 * A worker may call a cache of its own as the edge does: it gets another one of that name.
 * @param {Request} request
 */
function renamed(request) {
  const own = new Request(request);
  own.headers.set(NAMED, `${EDGE}/`);
  return own;
}

/** The answers that the edge keeps for a zone by its cache rules. */
export class Edge extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  fetch(request) {
    const ctx = /** @type {ExecutionContext<{ zone: string }>} */ (this.ctx);
    return ask(ctx.props.zone, request);
  }
}

/** Is told when workers got an address, or lost one. */
export class Control extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    zones = await request.json();
    return new Response();
  }
}
