// JSON Web Tokens as Access writes them: RS256, signed by the one key of this machine. Nothing else is
// ever taken for a token: the header says neither by which algorithm nor by whose key it is read.
// Whoever only reads them, as cloudflared does, has the public half of the key.

/**
 * @typedef {object} Claims
 * @property {string[]} aud
 * @property {number} exp seconds since 1970
 * @property {number} iat
 * @property {number} nbf
 * @property {string} iss
 * @property {string} sub
 * @property {"app"} type
 * @property {string} [email] of a person
 * @property {string} [common_name] client id of a service token
 * @property {string} [identity_nonce] names the session
 * @property {string} [country]
 */

/** @typedef {JsonWebKey & { kid: string }} PublicKey */
/** @typedef {PublicKey} PrivateKey */

const RS256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const LONGEST = 8192;
const WRITTEN = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/;
const encoder = new TextEncoder();

export class Reader {
  #issuer;
  #kid;
  #checking;

  /**
   * @param {PublicKey} key
   * @param {string} team host of the login
   */
  constructor(key, team) {
    this.#issuer = `https://${team}`;
    this.#kid = key.kid;
    this.#checking = crypto.subtle.importKey("jwk", shown(key), RS256, false, ["verify"]);
  }

  get issuer() {
    return this.#issuer;
  }

  /**
   * Return the claims of a token that we signed for `aud`, and that holds now; undefined for all else.
   * @param {string} token
   * @param {string} aud
   * @returns {Promise<Claims | undefined>}
   */
  async claims(token, aud) {
    const [head, body, signature] = parts(token);
    const given = bytes(signature);
    if (given === undefined || !this.#isOurs(read(head))) return undefined;
    const signed = encoder.encode(`${head}.${body}`);
    if (!(await crypto.subtle.verify(RS256.name, await this.#checking, given, signed))) return undefined;
    const claims = read(body);
    return claims !== undefined && this.#holds(claims, aud) ? /** @type {Claims} */ (/** @type {unknown} */ (claims)) : undefined;
  }

  /** @param {Record<string, unknown> | undefined} header */
  #isOurs(header) {
    return header?.["alg"] === "RS256" && header["kid"] === this.#kid && !("crit" in header);
  }

  /**
   * @param {Partial<Record<keyof Claims, unknown>>} claims
   * @param {string} aud
   */
  #holds({ aud: audiences, exp, iat, nbf, iss, type }, aud) {
    const now = Date.now() / 1000;
    const timely = typeof exp === "number" && typeof iat === "number" && exp > now && Number(nbf) <= now;
    return timely && iss === this.#issuer && type === "app" && Array.isArray(audiences) && audiences.includes(aud);
  }
}

export class Signer extends Reader {
  #header;
  #signing;
  /** The answer at `/cdn-cgi/access/certs`. */
  certificates;

  /**
   * @param {PrivateKey} key
   * @param {string} team host of the login
   */
  constructor(key, team) {
    super(key, team);
    this.#header = written({ alg: "RS256", kid: key.kid, typ: "JWT" });
    this.#signing = crypto.subtle.importKey("jwk", key, RS256, false, ["sign"]);
    this.certificates = JSON.stringify({ keys: [shown(key)] });
  }

  /**
   * @param {string} aud
   * @param {number} seconds that it holds
   * @param {Pick<Claims, "email" | "common_name" | "identity_nonce" | "sub" | "country">} about
   */
  async sign(aud, seconds, about) {
    const now = Math.floor(Date.now() / 1000);
    const times = { exp: now + Math.floor(seconds), iat: now, nbf: now };
    const claims = written({ aud: [aud], ...times, iss: this.issuer, type: "app", ...about });
    const signed = `${this.#header}.${claims}`;
    const signature = await crypto.subtle.sign(RS256.name, await this.#signing, encoder.encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  }
}

/** @type {(key: PublicKey) => PublicKey} */
const shown = ({ kid, e, n }) => /** @type {PublicKey} */ ({ kid, kty: "RSA", alg: "RS256", use: "sig", e, n });

/**
 * @param {string} token
 * @returns {[string, string, string]} empty where it is none
 */
function parts(token) {
  const [, head = "", body = "", signature = ""] = (token.length > LONGEST ? null : WRITTEN.exec(token)) ?? [];
  return [head, body, signature];
}

/** @param {unknown} value */
const written = (value) => base64url(encoder.encode(JSON.stringify(value)));

/** @param {Uint8Array} raw */
function base64url(raw) {
  return btoa(String.fromCharCode(...raw)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text */
function bytes(text) {
  // Another spelling of the same bytes would be another token to whoever remembers them.
  if (!/^[\w-]+$/.test(text)) return undefined;
  try {
    const raw = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));
    return base64url(raw) === text ? raw : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} part
 * @returns {Record<string, unknown> | undefined}
 */
function read(part) {
  const raw = bytes(part);
  try {
    const value = raw && JSON.parse(new TextDecoder().decode(raw));
    return typeof value === "object" && value !== null ? /** @type {Record<string, unknown>} */ (value) : undefined;
  } catch {
    return undefined;
  }
}
