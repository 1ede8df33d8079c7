// Service tokens: a client id and a secret, of which only the hash is known here.

/**
 * @typedef {object} DeclaredService
 * @property {string} id
 * @property {string} client_id
 * @property {{ sha256: string, until: number | null }[]} secrets seconds since 1970
 * @property {number | null} until
 * @property {boolean} enabled
 */

const ID = "cf-access-client-id";
const SECRET = "cf-access-client-secret";
const FOREVER = 10 * 365 * 86_400;
const LONGEST = 256;

export class Service {
  #declared;
  /** @type {Map<string, number | null>} */
  #hashes;
  /** A secret that was right, and until when: a look-up is cheaper than a hash. */
  #right = { secret: "", until: 0 };

  /** @param {DeclaredService} declared */
  constructor(declared) {
    this.#declared = declared;
    this.#hashes = new Map(declared.secrets.map(({ sha256, until }) => [sha256, until]));
  }

  get id() {
    return this.#declared.id;
  }

  get clientId() {
    return this.#declared.client_id;
  }

  /** Whether it is switched on and not over. */
  holds() {
    return this.#declared.enabled && this.remaining() > 0;
  }

  /** Seconds until it is over. */
  remaining() {
    const { until } = this.#declared;
    return until === null ? FOREVER : until - Date.now() / 1000;
  }

  /**
   * Whether `secret` is the one of this token, or the one before it for as long as that is taken.
   * @param {string} secret
   * @returns {boolean | Promise<boolean>}
   */
  isProvenBy(secret) {
    if (!this.holds() || secret === "" || secret.length > LONGEST) return false;
    if (secret === this.#right.secret && this.#right.until > Date.now() / 1000) return true;
    return this.#check(secret);
  }

  /** @param {string} secret */
  async #check(secret) {
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(secret));
    const written = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    // The hash is what is compared: how long that takes tells nothing of a secret.
    const until = this.#hashes.get(written);
    if (until === undefined || (until !== null && until <= Date.now() / 1000)) return false;
    this.#right = { secret, until: until ?? Number.POSITIVE_INFINITY };
    return true;
  }
}

/** @typedef {{ id: string, secret: string, header: string | null }} Presented header: the one that had both */

/**
 * What a request proves itself by: two headers, or one that has both as JSON.
 * @param {Headers} headers
 * @param {string | null} single
 * @returns {Presented | undefined}
 */
export function presented(headers, single) {
  const id = headers.get(ID);
  const secret = headers.get(SECRET);
  if (id !== null || secret !== null) return { id: id ?? "", secret: secret ?? "", header: null };
  const text = single === null ? null : headers.get(single);
  return single === null || !text?.startsWith("{") ? undefined : inOne(text, single);
}

/**
 * @param {string} text
 * @param {string} header
 * @returns {Presented | undefined} undefined where it is something else that only looks so
 */
function inOne(text, header) {
  try {
    const given = Object.entries(/** @type {Record<string, unknown>} */ (JSON.parse(text)));
    const named = new Map(given.map(([name, value]) => [name.toLowerCase(), String(value)]));
    const id = named.get(ID);
    return id === undefined ? undefined : { id, secret: named.get(SECRET) ?? "", header };
  } catch {
    return undefined;
  }
}
