// Whether an answer may be kept, and how long: by its own headers, else by its status, as Cloudflare
// does (https://developers.cloudflare.com/cache/how-to/configure-cache-status-code).

const SET_COOKIE = "set-cookie";

/** What speaks to a cache such as this one, the most particular first; only the first there is counts. */
const SPEAKING = ["cloudflare-cdn-cache-control", "cdn-cache-control", "cache-control"];
const REFUSING = ["no-store", "private", "no-cache"];
const MINUTE = 60;
const BY_STATUS = new Map([
  [200, 120 * MINUTE],
  [301, 120 * MINUTE],
  [302, 20 * MINUTE],
  [303, 20 * MINUTE],
  [404, 3 * MINUTE],
  [410, 3 * MINUTE],
]);

const DIRECTIVE = /([^\s=,]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,]*)))?/g;

/** @typedef {Map<string, string | undefined>} Directives values by lower-case name */

/**
 * How many seconds an answer is fresh. 0 or less: it is not to be kept.
 * @param {number} status
 * @param {Headers} headers
 * @param {number} now in milliseconds
 */
export function lifetime(status, headers, now) {
  const directives = directivesOf(headers);
  if (REFUSING.some((name) => directives.has(name) && directives.get(name) === undefined)) return 0;
  if (headers.has(SET_COOKIE) && !privateNames(directives).includes(SET_COOKIE)) return 0;
  const age = directives.get("s-maxage") ?? directives.get("max-age");
  if (age !== undefined) return /^\d+$/.test(age) ? Number(age) : 0;
  const expires = headers.get("expires");
  if (expires !== null) return (Date.parse(expires) - now) / 1000 || 0;
  return BY_STATUS.get(status) ?? 0;
}

/**
 * The headers without those that `private=` and `no-cache=` name.
 * @param {Headers} headers
 */
export function withoutPrivate(headers) {
  const kept = new Headers(headers);
  for (const name of privateNames(directivesOf(headers))) kept.delete(name);
  return kept;
}

/** @param {Headers} headers */
function directivesOf(headers) {
  const name = SPEAKING.find((each) => headers.has(each));
  /** @type {Directives} */
  const found = new Map();
  for (const [, directive = "", quoted, plain] of (name ? (headers.get(name) ?? "") : "").matchAll(DIRECTIVE)) {
    found.set(directive.toLowerCase(), quoted ?? plain);
  }
  return found;
}

/** @param {Directives} directives */
function privateNames(directives) {
  const listed = [directives.get("private"), directives.get("no-cache")];
  return listed.flatMap((names) => (names ?? "").toLowerCase().split(/[\s,]+/)).filter((name) => name !== "");
}
