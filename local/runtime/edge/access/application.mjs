// One application: whom its policies let in, by what they prove. What was proven once is remembered
// for as long as it holds, so that most requests cost one look-up. A change of anything that Access
// was told makes all of this anew: whoever is no longer let in is asked again at the next request.

import { Policies } from "./policies.mjs";

/** @import { Declared, Facts, Policy } from "./policies.mjs" */
/** @import { Service } from "./services.mjs" */
/** @import { Claims, Signer } from "./tokens.mjs" */

/**
 * @typedef {object} DeclaredApplication as the API has it
 * @property {string} id
 * @property {string} aud
 * @property {string} name
 * @property {string[]} places
 * @property {string[]} workers scripts, at all hosts but those of previews
 * @property {string[]} previews scripts, at the hosts that one version answers alone
 * @property {Declared[]} policies
 * @property {number} session_seconds
 * @property {number} revoked_at sessions that began before this moment are over
 * @property {string | null} token_header
 * @property {boolean} unauthorized whether machines get 401 in place of 403
 * @property {boolean} preflights_pass
 * @property {{ http_only: boolean, same_site: string, own_path: boolean }} cookie
 * @property {string} denied what people are told who may not enter
 */

/**
 * Who asks, as the worker is told; none of it where nobody was asked.
 * @typedef {object} Identity
 * @property {string} [jwt]
 * @property {string} [email]
 * @property {string} [drop] a header that is not passed on
 */

/** @typedef {{ identity: Identity, until: number }} Admitted until in seconds */

/** @type {Identity} */
export const NOBODY = Object.freeze({});

const MOST_REMEMBERED = 1000;
const FORMER = 60; // seconds before the end of a machine's token from which it gets a new one

/** Sessions that were logged out: their nonces, and when they would have ended. */
const ended = new Map();

export class Application {
  /** @type {Map<string, Admitted>} */
  #admitted = new Map();

  /**
   * @param {DeclaredApplication} declared
   * @param {Signer} signer
   * @param {Map<string, Service>} services by client id
   */
  constructor(declared, signer, services) {
    this.declared = declared;
    this.policies = new Policies(declared.policies);
    this.signer = signer;
    this.services = services;
  }

  /**
   * Return who a token of this application says asks, as long as policies let that one in.
   * @param {string} token
   * @param {Facts} asked
   * @returns {Identity | undefined | Promise<Identity | undefined>}
   */
  session(token, asked) {
    const key = `${asked.address} ${token}`;
    const known = this.#admitted.get(key);
    if (known !== undefined && known.until > Date.now() / 1000) return known.identity;
    return this.#prove(key, token, asked);
  }

  /**
   * Return what a machine is to its worker, once a policy let it in.
   * @param {Service} service
   * @param {Policy} policy
   * @param {string | null} header that had the secret
   * @returns {Identity | Promise<Identity>}
   */
  machine(service, policy, header) {
    const key = `${policy.id} ${service.clientId} ${header}`;
    const known = this.#admitted.get(key);
    if (known !== undefined && known.until > Date.now() / 1000) return known.identity;
    return this.#issue(key, service, policy, header);
  }

  /**
   * @param {string} key
   * @param {string} token
   * @param {Facts} asked
   */
  async #prove(key, token, asked) {
    const claims = await this.signer.claims(token, this.declared.aud);
    if (claims === undefined || claims.iat < this.declared.revoked_at) return undefined;
    if (ended.has(claims.identity_nonce)) return undefined;
    return this.#admits(claims, asked) ? this.#remember(key, identityOf(claims, token), claims.exp) : undefined;
  }

  /**
   * @param {Claims} claims
   * @param {Facts} asked
   */
  #admits({ email, common_name: name }, asked) {
    if (name === undefined) return email !== undefined && this.policies.forPeople({ ...asked, email }) !== undefined;
    const service = this.services.get(name);
    return service?.holds() === true && this.policies.withoutLogin({ ...asked, token: service.id }) !== undefined;
  }

  /**
   * @param {string} key
   * @param {Service} service
   * @param {Policy} policy
   * @param {string | null} header
   */
  async #issue(key, service, policy, header) {
    const seconds = Math.max(Math.min(policy.seconds, service.remaining()), 1);
    const jwt = await this.signer.sign(this.declared.aud, seconds, { common_name: service.clientId, sub: "" });
    const now = Math.floor(Date.now() / 1000);
    return this.#remember(key, Object.freeze(header === null ? { jwt } : { jwt, drop: header }), now + Math.max(seconds - FORMER, Math.min(seconds, 1)));
  }

  /**
   * @param {string} key
   * @param {Identity} identity
   * @param {number} until
   */
  #remember(key, identity, until) {
    if (this.#admitted.size >= MOST_REMEMBERED) this.#admitted.clear();
    this.#admitted.set(key, { identity, until });
    return identity;
  }

  /**
   * End the session of a token of this application.
   * @param {string} token
   */
  async logOut(token) {
    const claims = await this.signer.claims(token, this.declared.aud);
    const now = Date.now() / 1000;
    for (const [nonce, until] of ended) if (until < now) ended.delete(nonce);
    if (claims?.identity_nonce !== undefined) ended.set(claims.identity_nonce, claims.exp);
    this.#admitted.clear();
  }
}

/**
 * @param {Claims} claims
 * @param {string} jwt
 * @returns {Identity}
 */
const identityOf = ({ email }, jwt) => Object.freeze(email === undefined ? { jwt } : { jwt, email });
