// Sessions that stay with their origin: by a cookie, by the address of the client, by headers. A session
// whose origin is switched off or found dead begins anew with another.

/** @import { Choice, Origin, Settings } from "./steering.mjs" */

/**
 * @typedef {object} Attributes in the words of the API
 * @property {string} [samesite]
 * @property {string} [secure]
 * @property {string} [zero_downtime_failover]
 * @property {string[]} [headers]
 * @property {boolean} [require_all_headers]
 */

const COOKIE = "__cflb";
const BY_COOKIE = new Set(["cookie", "ip_cookie"]);
const DAY_ALMOST = 82_800; // seconds a session lasts where nothing else is said

/** @param {Settings} settings */
export const keepsCookies = ({ session_affinity }) => BY_COOKIE.has(session_affinity ?? "");

/**
 * The origin that the cookie of a client names, if it may be asked.
 * @param {Headers} headers
 * @param {Choice[]} choices
 * @returns {{ choice: Choice, origin: Origin } | undefined}
 */
export function pinned(headers, choices) {
  const given = new RegExp(`(?:^|;\\s*)${COOKIE}=([\\w-]+)`).exec(headers.get("cookie") ?? "")?.[1];
  if (given === undefined) return undefined;
  for (const choice of choices) {
    const origin = choice.origins.find((each) => nameOf(choice.id, each) === given);
    if (origin !== undefined) return { choice, origin };
  }
  return undefined;
}

/**
 * @param {Settings} settings
 * @param {string} pool
 * @param {Origin} origin
 */
export function cookieOf({ session_affinity_ttl, session_affinity_attributes }, pool, origin) {
  const { samesite, secure } = session_affinity_attributes ?? {};
  const words = [`${COOKIE}=${nameOf(pool, origin)}`, "Path=/", "HttpOnly", `Max-Age=${session_affinity_ttl ?? DAY_ALMOST}`];
  words.push(`SameSite=${samesite === undefined || samesite === "Auto" ? "Lax" : samesite}`);
  return [...words, ...(secure === "Never" ? [] : ["Secure"])].join("; ");
}

/**
 * Where the draw for an origin comes from: chance, or what stays the same for a session.
 * @param {Settings} settings
 * @param {string} policy of the pool
 * @param {Headers} headers
 * @returns {() => number}
 */
export function drawOf(settings, policy, headers) {
  const address = headers.get("cf-connecting-ip") ?? "";
  if (settings.session_affinity === "ip_cookie" || policy === "hash") return () => fraction(address);
  const session = settings.session_affinity === "header" ? sessionOf(settings.session_affinity_attributes, headers) : null;
  return session === null ? Math.random : () => fraction(session);
}

/**
 * @param {Attributes | null | undefined} attributes
 * @param {Headers} headers
 */
function sessionOf(attributes, headers) {
  const values = (attributes?.headers ?? []).map((name) => headers.get(name));
  const enough = attributes?.require_all_headers ? !values.includes(null) : values.some((value) => value !== null);
  return enough && values.length > 0 ? JSON.stringify(values) : null;
}

/**
 * @param {string} pool
 * @param {Origin} origin
 */
const nameOf = (pool, { name, address }) => Math.floor(fraction(`${pool} ${name} ${address}`) * 2 ** 32).toString(36);

/** FNV-1a, as a fraction of 1. @param {string} text */
function fraction(text) {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  // Short texts that differ in their last character only would lie side by side.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
