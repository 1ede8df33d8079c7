// Gives the requests of a balanced host to the origins of its pools.

import { WorkerEntrypoint, env } from "cloudflare:workers";
import { cookieOf, drawOf, keepsCookies, pinned } from "./affinity.mjs";
import { probe } from "./prober.mjs";
import { reach } from "./reach.mjs";
import { choose, pick } from "./steering.mjs";

/** @import { Choice, Origin, Pool, Settings } from "./steering.mjs" */
/** @typedef {{ balancers: { host: string, settings: Settings }[], pools: Record<string, Pool> }} Table */
/** @typedef {{ choice: Choice, origin: Origin }} Chosen */

const DOWN = new Set([521, 522, 523, 530]);
// By these a client here says where it is: every one of them has the same address.
const PLACE = { region: "x-local-region", country: "x-local-country", pop: "x-local-pop" };

let { balancers, pools } = compiled(env.BALANCING);

export default {
  /** @param {Request} request */
  fetch(request) {
    const url = new URL(request.url);
    const settings = balancers.get(url.hostname);
    if (settings === undefined || settings.enabled === false) return refusal(530, 1016, "the load balancer of this host is off or gone");
    return balance(request, url, settings);
  },
};

/** Is told when balancers, pools or the health of their origins changed. */
export class Control extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    ({ balancers, pools } = compiled(/** @type {Table} */ (await request.json())));
    return new Response();
  }
}

/** Asks an origin whether it is well. */
export class Prober extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    return Response.json(await probe(/** @type {import("./prober.mjs").Check} */ (await request.json())));
  }
}

/** @param {Table} table */
function compiled(table) {
  return { balancers: new Map(table.balancers.map(({ host, settings }) => [host, settings])), pools: table.pools };
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {Settings} settings
 */
async function balance(request, url, settings) {
  const { headers } = request;
  const place = { region: said(headers, "region"), country: said(headers, "country"), pop: said(headers, "pop") };
  const choices = choose(settings, pools, place, Math.random);
  const held = keepsCookies(settings) ? pinned(headers, choices) : undefined;
  const chosen = held ?? first(choices, settings, headers);
  if (chosen === undefined) return refusal(503, null, "no pool of this load balancer has an origin that is switched on");
  const { answer, by } = await asked(request, url, settings, choices, chosen, held !== undefined);
  if (!keepsCookies(settings) || (held !== undefined && by === held)) return answer;
  const marked = new Response(answer.body, answer);
  marked.headers.append("set-cookie", cookieOf(settings, by.choice.id, by.origin));
  return marked;
}

/**
 * Ask the chosen origin; where it is down, once another one of its pool.
 * @param {Request} request
 * @param {URL} url
 * @param {Settings} settings
 * @param {Choice[]} choices
 * @param {Chosen} chosen
 * @param {boolean} isHeld whether a session is bound to it
 * @returns {Promise<{ answer: Response, by: Chosen }>}
 */
async function asked(request, url, settings, choices, chosen, isHeld) {
  const answer = await ask(request, url, chosen.origin);
  const mode = settings.session_affinity_attributes?.zero_downtime_failover ?? "none";
  if (!DOWN.has(answer.status) || request.body !== null || (isHeld && mode === "none")) return { answer, by: chosen };
  const other = otherThan(chosen, choices, settings);
  if (other === undefined) return { answer, by: chosen };
  const second = await ask(request, url, other.origin);
  return { answer: second, by: isHeld && mode === "temporary" ? chosen : other };
}

/**
 * @param {Choice[]} choices
 * @param {Settings} settings
 * @param {Headers} headers
 * @returns {Chosen | undefined}
 */
function first([choice], settings, headers) {
  const origin = choice && pick(choice, drawOf(settings, choice.policy, headers));
  return choice && origin && { choice, origin };
}

/**
 * @param {Chosen} chosen
 * @param {Choice[]} choices
 * @param {Settings} settings
 * @returns {Chosen | undefined}
 */
function otherThan({ choice, origin }, choices, { adaptive_routing }) {
  const beyond = adaptive_routing?.failover_across_pools ? choices.filter((each) => each !== choice) : [];
  for (const next of [choice, ...beyond]) {
    const found = pick(next, Math.random, origin);
    if (found !== undefined) return { choice: next, origin: found };
  }
  return undefined;
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {Origin} origin
 */
async function ask(request, url, origin) {
  const host = origin.host || url.host;
  const reached = reach(origin, env.ORIGIN);
  if (reached === undefined) return refusal(523, 523, `${origin.address} is not reached`);
  // A host that lives here is found by its name alone: the balancer would ask itself.
  if (reached.fetcher === env.ORIGIN && balancers.has(host)) return refusal(403, 1000, `origin ${origin.name} is asked for the balanced host itself; give it a Host header of its own`);
  const sent = new Request(`${reached.scheme}://${host}${url.pathname}${url.search}`, request);
  for (const name of Object.values(PLACE)) sent.headers.delete(name);
  try {
    return await reached.fetcher.fetch(sent, { redirect: "manual", cf: { ...request.cf, ...reached.cf } });
  } catch {
    return refusal(521, 521, `nothing answers at origin ${origin.name}`);
  }
}

/**
 * @param {Headers} headers
 * @param {keyof typeof PLACE} what
 */
const said = (headers, what) => (headers.get(PLACE[what]) ?? "").toUpperCase();

/**
 * @param {number} status
 * @param {number | null} code
 * @param {string} reason
 */
function refusal(status, code, reason) {
  const text = `error code: ${code ?? status}\n${reason}\n`;
  return new Response(text, { status, headers: { "content-type": "text/plain; charset=utf-8" } });
}
