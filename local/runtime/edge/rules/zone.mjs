// The rules of one zone, compiled: what they do to a request before a worker gets it, and to the
// answer.

import { cacheRule } from "./cache_rules.mjs";
import { customRule } from "./custom_rules.mjs";
import { headerRule } from "./header_rules.mjs";
import { RateLimit } from "./rate_limits.mjs";

/** @import { Caching, CacheStep } from "./cache_rules.mjs" */
/** @import { Counters } from "./counters.mjs" */
/** @import { Step } from "./custom_rules.mjs" */
/** @import { Rewrite } from "./header_rules.mjs" */
/** @import { RequestView } from "./request.mjs" */

/**
 * A rule as the API has it.
 * @typedef {object} Rule
 * @property {string} id
 * @property {string} expression
 * @property {string} action
 * @property {Record<string, unknown>} [action_parameters]
 * @property {object} [ratelimit]
 */

/**
 * @typedef {object} Ruleset of a zone in one phase
 * @property {string} zone
 * @property {string} phase
 * @property {Rule[]} rules
 */

const CUSTOM = "http_request_firewall_custom";
const LIMITS = "http_ratelimit";
const HEADERS = "http_response_headers_transform";
const CACHE = "http_request_cache_settings";
const SETTING = "security_header"; // of the zone; rules for headers come after it

export class ZoneRules {
  /** @type {Step[]} */
  #custom = [];
  /** @type {RateLimit[]} */
  #limits = [];
  /** @type {Rewrite[]} */
  #headers = [];
  /** @type {CacheStep[]} */
  #caching = [];
  /** Whether answers are looked at. */
  finishes = false;

  /**
   * Take one more rule. Throws an ExpressionError, or another Error for what is not emulated.
   * @param {string} phase
   * @param {Rule} rule
   * @param {Counters} counters
   */
  add(phase, rule, counters) {
    if (phase === CUSTOM) this.#custom.push(customRule(rule));
    else if (phase === LIMITS) this.#limits.push(new RateLimit(rule, counters));
    else if (phase === HEADERS) this.#headers.push(headerRule(rule));
    else if (phase === CACHE) this.#caching.push(cacheRule(rule));
    else if (phase === SETTING) this.#headers.unshift(headerRule(rule));
    else throw new Error(`not emulated: rules of phase ${phase}`);
    this.finishes = this.#headers.length > 0 || this.#limits.some((limit) => limit.isLate);
  }

  /**
   * Return what a request is answered in place of a worker; undefined where it may go on.
   * @param {RequestView} view
   */
  stop(view) {
    return this.#checked(view) ?? this.#counted(view);
  }

  /** Whether rules are for caches. */
  get caches() {
    return this.#caching.length > 0;
  }

  /**
   * Return what cache rules say of a request to what is no worker.
   * @param {RequestView} view
   */
  caching(view) {
    /** @type {Caching} */
    let caching = {};
    for (const step of this.#caching) caching = step(view, caching);
    return caching;
  }

  /**
   * Count what was answered, and change its headers.
   * @param {RequestView} view
   * @param {Response} response
   */
  finish(view, response) {
    view.response = response;
    for (const limit of this.#limits) if (limit.isLate) limit.finish(view);
    if (this.#headers.length === 0) return response;
    // The headers of what came from a worker cannot be changed; those of a copy can.
    const answer = new Response(response.body, response);
    for (const rewrite of this.#headers) rewrite(view, answer.headers);
    return answer;
  }

  /** @param {RequestView} view */
  #checked(view) {
    for (const step of this.#custom) {
      const found = step(view);
      if (found === "stop") return undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** @param {RequestView} view */
  #counted(view) {
    if (view.skipped?.has(LIMITS)) return undefined;
    for (const limit of this.#limits) {
      const found = limit.stop(view);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
