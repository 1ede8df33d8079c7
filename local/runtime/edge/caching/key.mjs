// By what an answer is kept: the whole public URL, or what a rule takes of it, and of headers and cookies.

/** @import { Caching, Part } from "../rules/cache_rules.mjs" */

/** @typedef {NonNullable<Caching["cache_key"]>} CacheKey */

/**
 * @param {string} url
 * @param {Headers} headers of the request
 * @param {CacheKey} told
 */
export function keyOf(url, headers, { ignore_query_strings_order: isSorted = false, custom_key: own = {} }) {
  if (!isSorted && Object.keys(own).length === 0) return url;
  const key = new URL(url);
  const pairs = [...key.searchParams].filter(([name]) => counts(name, own.query_string));
  if (isSorted) pairs.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  key.search = new URLSearchParams([...pairs, ...beside(own, headers)]).toString();
  return key.href;
}

/**
 * What counts beside the URL, as parameters that no request has by itself.
 * @param {NonNullable<CacheKey["custom_key"]>} own
 * @param {Headers} headers
 * @returns {[string, string][]}
 */
function beside({ header, cookie: named }, headers) {
  return [
    ...(header?.include ?? []).map((name) => /** @type {[string, string]} */ ([`\u0000header:${name}`, headers.get(name) ?? ""])),
    ...(named?.include ?? []).map((name) => /** @type {[string, string]} */ ([`\u0000cookie:${name}`, cookie(headers, name)])),
  ];
}

/**
 * @param {string} name
 * @param {Part} [part]
 */
function counts(name, { include, exclude } = {}) {
  if (include !== undefined) return holds(include, name);
  return exclude === undefined || !holds(exclude, name);
}

/**
 * Whether a list names it; `*`, or `all`, names everything.
 * @param {NonNullable<Part["include"]>} listed
 * @param {string} name
 */
function holds(listed, name) {
  if (Array.isArray(listed)) return listed.includes("*") || listed.includes(name);
  return listed.all === true || (listed.list ?? []).includes(name);
}

/**
 * @param {Headers} headers
 * @param {string} name
 */
function cookie(headers, name) {
  const found = (headers.get("cookie") ?? "").split(/;\s*/).find((each) => each.startsWith(`${name}=`));
  return found?.slice(name.length + 1) ?? "";
}
