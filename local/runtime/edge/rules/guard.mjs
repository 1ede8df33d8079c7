// All rules of the account, by zone. They are compiled when they are told, not when a request comes.

import { Counters } from "./counters.mjs";
import { ZoneRules } from "./zone.mjs";

/** @import { Rule, Ruleset } from "./zone.mjs" */

const REMEMBERED_HOSTS = 1000;

export class Guard {
  /** @type {Map<string, ZoneRules>} */
  #zones = new Map();
  /** @type {Map<string, { zone: string, rules: ZoneRules } | undefined>} */
  #hosts = new Map();
  /** @type {string[]} */
  #names;
  /** @type {Counters} */
  #counters;

  /**
   * @param {Ruleset[]} rulesets
   * @param {string[]} zones names of all zones
   * @param {Guard} [former] whose counts go on
   */
  constructor(rulesets, zones, former) {
    this.#names = zones.toSorted((a, b) => b.length - a.length);
    this.#counters = new Counters(former === undefined ? undefined : former.#counters);
    for (const { zone, phase, rules } of rulesets) this.#add(zone, phase, rules);
  }

  /**
   * Return the zone of a host with its rules; undefined where it has none.
   * @param {string} host
   */
  of(host) {
    if (this.#zones.size === 0) return undefined;
    if (this.#hosts.has(host)) return this.#hosts.get(host);
    if (this.#hosts.size >= REMEMBERED_HOSTS) this.#hosts.clear();
    const zone = this.#names.find((each) => host === each || host.endsWith(`.${each}`)) ?? "";
    const rules = this.#zones.get(zone);
    const found = rules && { zone, rules };
    this.#hosts.set(host, found);
    return found;
  }

  /**
   * @param {string} zone
   * @param {string} phase
   * @param {Rule[]} rules
   */
  #add(zone, phase, rules) {
    const compiled = this.#zones.get(zone) ?? new ZoneRules();
    for (const rule of rules) {
      try {
        compiled.add(phase, rule, this.#counters);
      } catch (error) {
        // The API has let no such rule in: this is one of older records. The others go on.
        // eslint-disable-next-line no-console -- the log of the runtime
        console.error(`rule ${rule.id} of ${zone} does not run: ${problemOf(error)}`);
      }
    }
    this.#zones.set(zone, compiled);
  }
}

/**
 * Return what is wrong with a rule; undefined when it can run.
 * @param {string} phase
 * @param {Rule} rule
 */
export function problem(phase, rule) {
  try {
    new ZoneRules().add(phase, rule, new Counters());
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

/** @param {unknown} error */
const problemOf = (error) => (error instanceof Error ? error.message : String(error));
