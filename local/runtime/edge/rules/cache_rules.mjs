// Phase http_request_cache_settings: which answers are kept, how long, and by what key. Every rule that
// matches has its say, and of two that set the same the later one counts.

import { fire } from "./hits.mjs";
import { compile } from "./language/compiler.mjs";

/** @import { RequestView } from "./request.mjs" */
/** @import { Rule } from "./zone.mjs" */

/**
 * How long something is kept.
 * @typedef {object} Lifetime
 * @property {"respect_origin" | "override_origin" | "bypass_by_default"} mode
 * @property {number} [default] seconds
 * @property {{ status_code?: number, status_code_range?: { from?: number, to?: number }, value: number }[]} [status_code_ttl]
 */

/**
 * @typedef {object} Part which parts of something count
 * @property {string[] | { all?: boolean, list?: string[] }} [include]
 * @property {string[] | { all?: boolean, list?: string[] }} [exclude]
 */

/**
 * What rules say of a request.
 * @typedef {object} Caching
 * @property {boolean} [cache]
 * @property {Lifetime} [edge_ttl]
 * @property {Lifetime} [browser_ttl]
 * @property {{ ignore_query_strings_order?: boolean, custom_key?: { query_string?: Part, header?: { include?: string[] }, cookie?: { include?: string[] } } }} [cache_key]
 */

/** @typedef {(view: RequestView, caching: Caching) => Caching} CacheStep */

const KNOWN = new Set(["cache", "edge_ttl", "browser_ttl", "cache_key"]);
/** What changes nothing here: there is one data centre, and an origin that answers. */
const WITHOUT_EFFECT = new Set(["serve_stale", "respect_strong_etags", "origin_cache_control", "cache_reserve", "origin_error_page_passthru", "read_timeout"]);
const KEYED_BY = new Set(["query_string", "header", "cookie"]);

/**
 * Make what a rule says of requests that it fits. Throws an ExpressionError, or another Error for what is
 * not emulated.
 * @param {Rule} rule
 * @returns {CacheStep}
 */
export function cacheRule(rule) {
  const { expression, action, action_parameters: parameters = {} } = rule;
  if (action !== "set_cache_settings") throw new Error(`not emulated: action ${action}`);
  for (const name of Object.keys(parameters)) {
    if (!KNOWN.has(name) && !WITHOUT_EFFECT.has(name)) throw new Error(`not emulated: ${name} of cache rules`);
  }
  const told = /** @type {Caching} */ (parameters);
  for (const name of Object.keys(told.cache_key?.custom_key ?? {})) {
    if (!KEYED_BY.has(name)) throw new Error(`not emulated: cache_key.custom_key.${name}`);
  }
  const matches = compile(expression);
  return (view, caching) => {
    if (!matches(view)) return caching;
    fire(rule, view);
    return { ...caching, ...told };
  };
}
