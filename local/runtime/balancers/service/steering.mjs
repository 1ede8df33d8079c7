// Which pool, and which origin of it, a request goes to. A pool is healthy while as many of its origins
// are as it needs; one that is switched off never gets anything. Without a healthy pool the fallback pool
// gets the request, whatever is known of its health.

/**
 * @typedef {object} Origin
 * @property {string} name
 * @property {string} address
 * @property {boolean} enabled
 * @property {number} weight
 * @property {number} port 0: that of the scheme
 * @property {string} host what it is asked for; "" the visitor's
 * @property {"http" | "https"} scheme
 * @property {boolean} healthy
 */

/** @typedef {{ enabled: boolean, minimum_origins: number, policy: string, origins: Origin[] }} Pool */

/**
 * @typedef {object} Settings of a balancer, in the words of the API
 * @property {string[]} default_pools
 * @property {string} fallback_pool
 * @property {boolean} [enabled]
 * @property {string} [steering_policy]
 * @property {Record<string, string[]> | null} [region_pools]
 * @property {Record<string, string[]> | null} [country_pools]
 * @property {Record<string, string[]> | null} [pop_pools]
 * @property {{ default_weight?: number, pool_weights?: Record<string, number> } | null} [random_steering]
 * @property {{ failover_across_pools?: boolean } | null} [adaptive_routing]
 * @property {string} [session_affinity]
 * @property {number} [session_affinity_ttl] seconds
 * @property {import("./affinity.mjs").Attributes | null} [session_affinity_attributes]
 */

/** @typedef {{ region: string, country: string, pop: string }} Place where a client is; "" where it is not known */
/** @typedef {{ id: string, origins: Origin[], policy: string }} Choice a pool, with the origins that may be asked */

const WEIGHING = new Set(["random", "least_outstanding_requests", "least_connections"]);

/**
 * Return the pools in the order in which they are asked.
 * @param {Settings} settings
 * @param {Record<string, Pool>} pools
 * @param {Place} place
 * @param {() => number} random
 * @returns {Choice[]}
 */
export function choose(settings, pools, place, random) {
  const ids = listed(settings, place).filter((id) => isHealthy(pools[id]));
  if (ids.length === 0) return lastResort(settings.fallback_pool, pools);
  const ordered = WEIGHING.has(settings.steering_policy ?? "") ? weighed(ids, settings, random) : ids;
  return ordered.map((id) => choiceOf(id, /** @type {Pool} */ (pools[id]), true));
}

/**
 * Return one origin of *choice*, by weight; `undefined` when there is none but *avoided*.
 * @param {Choice} choice
 * @param {() => number} random 0 to 1
 * @param {Origin} [avoided]
 */
export function pick({ origins }, random, avoided) {
  return byWeight(
    origins.filter((origin) => origin !== avoided),
    ({ weight }) => weight,
    random,
  );
}

/**
 * Return one of *items* by its weight. Where all weigh nothing, all weigh the same.
 * @template T
 * @param {T[]} items
 * @param {(item: T) => number} weigh
 * @param {() => number} random
 * @returns {T | undefined}
 */
function byWeight(items, weigh, random) {
  const total = items.reduce((sum, item) => sum + weigh(item), 0);
  if (total === 0) return items[Math.floor(random() * items.length)];
  let left = random() * total;
  for (const item of items) {
    left -= weigh(item);
    if (left < 0) return item;
  }
  return items.findLast((item) => weigh(item) > 0);
}

/** @param {Pool | undefined} pool */
function isHealthy(pool) {
  if (pool === undefined || !pool.enabled) return false;
  const healthy = pool.origins.filter((origin) => origin.enabled && origin.healthy);
  return healthy.length > 0 && healthy.length >= pool.minimum_origins;
}

/**
 * The list of pools for a place: that of its data centre, country or region, else the default.
 * @param {Settings} settings
 * @param {Place} place
 */
function listed(settings, { region, country, pop }) {
  const { pop_pools, country_pools, region_pools, default_pools, steering_policy } = settings;
  const steers = [pop_pools, country_pools, region_pools].some((each) => Object.keys(each ?? {}).length > 0);
  if (steering_policy !== "geo" && !(steers && !steering_policy)) return default_pools;
  return pop_pools?.[pop] ?? country_pools?.[country] ?? region_pools?.[region] ?? default_pools;
}

/**
 * @param {string} id
 * @param {Record<string, Pool>} pools
 */
function lastResort(id, pools) {
  const pool = pools[id];
  if (pool === undefined) return [];
  const anyHealthy = pool.origins.some((origin) => origin.enabled && origin.healthy);
  return [choiceOf(id, pool, anyHealthy)];
}

/**
 * @param {string} id
 * @param {Pool} pool
 * @param {boolean} onlyHealthy
 */
function choiceOf(id, pool, onlyHealthy) {
  const origins = pool.origins.filter((origin) => origin.enabled && (origin.healthy || !onlyHealthy));
  return { id, origins, policy: pool.policy };
}

/**
 * @param {string[]} ids
 * @param {Settings} settings
 * @param {() => number} random
 */
function weighed(ids, { random_steering }, random) {
  const first = byWeight(ids, (id) => random_steering?.pool_weights?.[id] ?? random_steering?.default_weight ?? 1, random);
  return [.../** @type {string[]} */ (first === undefined ? [] : [first]), ...ids.filter((id) => id !== first)];
}
