// Small answers in memory, in front of what is kept for a zone. All that changes a zone comes by here, so that
// none of them is older than what is kept.

/** @import { Kept, ZoneCache } from "./zone_cache.mjs" */

import { answered, missed } from "./answer.mjs";

const MOST = 200; // of one zone; each has at most the bytes that `ZoneCache.look` gives out

/** @typedef {DurableObjectStub<ZoneCache>} Store */

export class Near {
  /** @type {Map<string, Kept>} */
  #answers = new Map();
  #changes = 0;

  /**
   * Answer a request to the cache of that name in the zone which `store` keeps.
   * @param {Store} store
   * @param {string} cache
   * @param {Request} request
   */
  fetch(store, cache, request) {
    return request.method === "PUT" || request.method === "PURGE" ? this.#change(store, request) : this.#match(store, cache, request);
  }

  /**
   * What is kept makes room for what is new, so that a change may end any answer.
   * @param {Store} store
   * @param {Request} request
   */
  async #change(store, request) {
    this.#forget();
    try {
      return await store.fetch(request);
    } finally {
      this.#forget();
    }
  }

  #forget() {
    this.#changes += 1;
    this.#answers.clear();
  }

  /**
   * @param {Store} store
   * @param {string} cache
   * @param {Request} request
   */
  async #match(store, cache, request) {
    const key = `${cache}\n${request.url}`;
    const near = this.#answers.get(key);
    if (near !== undefined && near.expires > Date.now()) return whole(near, request);
    const changes = this.#changes;
    const found = await store.look(cache, request.url);
    if (found === undefined) return missed();
    if (!("body" in found)) return store.fetch(request);
    if (changes === this.#changes) this.#note(key, found);
    return whole(found, request);
  }

  /**
   * @param {string} key
   * @param {Kept} found
   */
  #note(key, found) {
    if (this.#answers.size >= MOST) this.#answers.clear();
    this.#answers.set(key, found);
  }
}

/**
 * @param {Kept} kept
 * @param {Request} request
 */
const whole = (kept, request) => answered(kept, request.headers, (from, to) => kept.body.subarray(from, to));
