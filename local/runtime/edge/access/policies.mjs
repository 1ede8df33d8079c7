// What policies say of a request. Bypass and Service Auth are asked first, in their order, then Allow
// and Block; the first that fits decides. One rule of `include` is enough, none of `exclude` may fit,
// all of `require` have to.

import { env } from "cloudflare:workers";

/**
 * What is known of who asks.
 * @typedef {object} Facts
 * @property {string} address
 * @property {string} country
 * @property {string} [email]
 * @property {string} [token] id of a service token that was proven
 * @property {string} [method] id of the identity provider that a person logged in by
 */

/** @typedef {Record<string, Record<string, string>>} Selector as the API has it */
/** @typedef {{ group: Sides }} GroupRule */
/** @typedef {{ include: (Selector | GroupRule)[], exclude: (Selector | GroupRule)[], require: (Selector | GroupRule)[] }} Sides */
/** @typedef {Sides & { id: string, decision: string, session_seconds: number }} Declared */

/** @typedef {(facts: Facts) => boolean} Test */
/** @typedef {{ id: string, decision: string, seconds: number, fits: Test }} Policy */

/** @type {Record<string, (value: Record<string, string>) => Test>} */
const SELECTORS = {
  any_valid_service_token: () => (facts) => facts.token !== undefined,
  email: ({ email }) => (facts) => facts.email !== undefined && facts.email === email,
  email_domain: ({ domain }) => (facts) => facts.email !== undefined && facts.email.slice(facts.email.lastIndexOf("@") + 1) === domain,
  everyone: () => () => true,
  geo: ({ country_code: code }) => (facts) => facts.country === code,
  ip: ({ ip }) => within(ip ?? ""),
  login_method: ({ id }) => (facts) => facts.method !== undefined && facts.method === id,
  service_token: ({ token_id: id }) => (facts) => facts.token !== undefined && facts.token === id,
};

export class Policies {
  /** @type {Policy[]} */
  #first = [];
  /** @type {Policy[]} */
  #people = [];

  /** @param {Declared[]} declared by precedence */
  constructor(declared) {
    for (const policy of declared) {
      const { id, decision } = policy;
      const compiled = { id, decision, seconds: policy.session_seconds, fits: sides(policy) };
      (decision === "bypass" || decision === "non_identity" ? this.#first : this.#people).push(compiled);
    }
  }

  /** Whether somebody may come in by a login. */
  get hasPeople() {
    return this.#people.some(({ decision }) => decision === "allow");
  }

  /**
   * Return the Bypass or Service Auth policy that lets in; undefined where none does.
   * @param {Facts} facts
   */
  withoutLogin(facts) {
    return this.#first.find((policy) => policy.fits(facts));
  }

  /**
   * Return the Allow policy that lets in who logged in; undefined where none does, or one blocks.
   * @param {Facts} facts
   */
  forPeople(facts) {
    if (facts.email === undefined) return undefined;
    const known = { ...facts, method: env.ACCESS_METHOD };
    const found = this.#people.find((policy) => policy.fits(known));
    return found?.decision === "allow" ? found : undefined;
  }
}

/**
 * What a request shows of itself, before anybody said who they are.
 * @param {Request} request
 * @returns {Facts}
 */
export function factsOf({ headers }) {
  return { address: headers.get("cf-connecting-ip") ?? "", country: headers.get("cf-ipcountry") ?? "" };
}

/** @type {(declared: Sides) => Test} */
function sides({ include, exclude, require }) {
  const some = include.map(test);
  const none = exclude.map(test);
  const all = require.map(test);
  return (facts) => some.some((fits) => fits(facts)) && !none.some((fits) => fits(facts)) && all.every((fits) => fits(facts));
}

/** @type {(rule: Selector | GroupRule) => Test} */
function test(rule) {
  if ("group" in rule) return sides(/** @type {GroupRule} */ (rule).group);
  const [name, value] = Object.entries(/** @type {Selector} */ (rule))[0] ?? ["", {}];
  // The API has let no other in: one of older records fits nobody.
  return SELECTORS[name]?.(value) ?? (() => false);
}

/** @type {(network: string) => Test} */
function within(network) {
  const [address = "", length = ""] = network.split("/");
  const wanted = bits(address);
  const size = Number(length);
  return (facts) => {
    const given = bits(facts.address);
    return given.length === wanted.length && given.startsWith(wanted.slice(0, size));
  };
}

/** @param {string} address written in bits; "" where it is none */
function bits(address) {
  if (!address.includes(":")) return address.split(".").map((part) => Number(part).toString(2).padStart(8, "0")).join("");
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...zeros, ...after].map((part) => Number.parseInt(part, 16).toString(2).padStart(16, "0")).join("");
}
