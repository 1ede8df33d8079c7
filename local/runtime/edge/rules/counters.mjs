// Counts requests in windows. A window begins with its first request and is over after `period`; the
// request that goes beyond the limit, and all until the time-out is over, have to wait. They are not
// counted. A worker of workerd does one thing at a time: nothing is counted twice, and nothing missed.

const SWEPT_AT = 10_000;
const MOST_KEYS = 100_000;

/**
 * @typedef {object} Limit
 * @property {number} period seconds
 * @property {number} requests_per_period
 * @property {number} [mitigation_timeout] seconds; without one, until the window is over
 */

/** @typedef {{ since: number, count: number, until: number }} Window in milliseconds */

class Counter {
  #limit;
  /** @type {Map<string, Window>} */
  #windows = new Map();

  /** @param {Limit} limit */
  constructor(limit) {
    this.#limit = limit;
  }

  /**
   * Return how many seconds `key` has to wait; 0 where it need not.
   * @param {string} key
   * @param {number} now milliseconds
   */
  wait(key, now) {
    const until = this.#windows.get(key)?.until ?? 0;
    return until > now ? Math.ceil((until - now) / 1000) : 0;
  }

  /**
   * Count a request of `key`; return how many seconds it has to wait, 0 where it need not.
   * @param {string} key
   * @param {number} now milliseconds
   */
  count(key, now) {
    const waiting = this.wait(key, now);
    if (waiting > 0) return waiting;
    const { period, requests_per_period: most, mitigation_timeout: timeout = 0 } = this.#limit;
    const window = this.#window(key, now);
    window.count += 1;
    if (window.count <= most) return 0;
    window.until = timeout > 0 ? now + timeout * 1000 : window.since + period * 1000;
    return this.wait(key, now);
  }

  /**
   * @param {string} key
   * @param {number} now
   */
  #window(key, now) {
    const known = this.#windows.get(key);
    if (known !== undefined && !this.#isOver(known, now)) return known;
    if (this.#windows.size >= SWEPT_AT) this.#sweep(now);
    const window = { since: now, count: 0, until: 0 };
    this.#windows.delete(key);
    this.#windows.set(key, window);
    return window;
  }

  /**
   * @param {Window} window
   * @param {number} now
   */
  #isOver(window, now) {
    return window.since + this.#limit.period * 1000 <= now && window.until <= now;
  }

  // What is over goes; of too many that are not, the oldest.
  /** @param {number} now */
  #sweep(now) {
    for (const [key, window] of this.#windows) {
      if (this.#windows.size >= MOST_KEYS || this.#isOver(window, now)) this.#windows.delete(key);
    }
  }
}

/** The counters of all rules. What was counted by rules that are still there goes on. */
export class Counters {
  #former;
  /** @type {Map<string, Counter>} */
  #present = new Map();

  /** @param {Counters} [former] */
  constructor(former) {
    this.#former = former === undefined ? undefined : former.#present;
  }

  /**
   * @param {string} name of the rule and how it counts
   * @param {Limit} limit
   */
  of(name, limit) {
    const counter = this.#former?.get(name) ?? new Counter(limit);
    this.#present.set(name, counter);
    return counter;
  }
}
