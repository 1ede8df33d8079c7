// Answers of what is no worker, kept as cache rules say: those of tunnels, buckets, balancers. A worker is
// asked before any cache and keeps what it wants by itself.

/** @import { Caching, Lifetime } from "../rules/cache_rules.mjs" */

import { waitUntil } from "cloudflare:workers";
import { keyOf } from "./key.mjs";

const SPEAKING = "cloudflare-cdn-cache-control"; // what the store goes by before anything else
const SHARED = /\b(?:public|must-revalidate|s-maxage)\b/i;
const REFUSED = /\b(?:no-store|no-cache|private|max-age=0)\b/i;
const SPOKEN = [SPEAKING, "cdn-cache-control", "cache-control"];
const NAMESPACE = { "cf-cache-namespace": "edge" };

/**
 * Answer a request out of the store, or by `goOn`, and keep what may be kept.
 * @param {Request} request
 * @param {string} url the public one
 * @param {Caching} caching
 * @param {Fetcher} store of the zone
 * @param {() => Promise<Response>} goOn
 */
export async function kept(request, url, caching, store, goOn) {
  const isRead = request.method === "GET" || request.method === "HEAD";
  if (caching.cache !== true || !isRead || request.headers.has("upgrade")) return told(await goOn(), "DYNAMIC", caching);
  const key = keyOf(url, request.headers, caching.cache_key ?? {});
  const found = await store.fetch(key, { method: request.method, headers: asked(request.headers) });
  if (found.headers.get("cf-cache-status") === "HIT") return told(found, "HIT", caching);
  const answer = await goOn();
  const cacheControl = lifetime(request, answer, caching.edge_ttl);
  if (cacheControl === "no-store") return told(answer, "BYPASS", caching);
  const [sent, held] = answer.body?.tee() ?? [null, null];
  const forAll = withoutCookies(answer, caching.edge_ttl);
  waitUntil(put(store, key, forAll, cacheControl, held));
  return told(new Response(sent, forAll), "MISS", caching);
}

/**
 * What of a request chooses a part of what is kept.
 * @param {Headers} headers
 */
function asked(headers) {
  const chosen = new Headers(NAMESPACE);
  for (const name of ["range", "if-range", "if-none-match", "if-modified-since"]) {
    const value = headers.get(name);
    if (value !== null) chosen.set(name, value);
  }
  return chosen;
}

/**
 * What the store is to go by: a `Cache-Control`, null for the answer's own, "no-store" for not at all.
 * @param {Request} request
 * @param {Response} answer
 * @param {Lifetime} [edge]
 */
function lifetime(request, answer, edge = { mode: "respect_origin" }) {
  if (!isWhole(request, answer.headers)) return "no-store";
  const seconds = ofStatus(answer.status, edge) ?? (edge.mode === "override_origin" ? edge.default : undefined);
  if (seconds !== undefined) return seconds > 0 ? `max-age=${seconds}` : "no-store";
  return isForAll(request, answer.headers, edge.mode) ? null : "no-store";
}

/**
 * Whole answers alone are kept, and none that is pressed: its bytes are read out of their encoding.
 * @param {Request} request
 * @param {Headers} headers
 */
function isWhole(request, headers) {
  return request.method === "GET" && !request.headers.has("range") && !headers.has("content-encoding");
}

/**
 * Whether an answer lets itself be kept. What was asked with credentials is for whoever has them, unless it
 * says that it is for all.
 * @param {Request} request
 * @param {Headers} headers
 * @param {Lifetime["mode"]} mode
 */
function isForAll(request, headers, mode) {
  const own = SPOKEN.map((name) => headers.get(name)).find((value) => value !== null);
  if (own === undefined) return mode !== "bypass_by_default" && !headers.has("set-cookie") && !request.headers.has("authorization");
  if (headers.has("set-cookie") || REFUSED.test(own)) return false;
  return SHARED.test(own) || !request.headers.has("authorization");
}

/**
 * @param {number} status
 * @param {Lifetime} edge
 */
function ofStatus(status, { status_code_ttl: listed = [] }) {
  const own = listed.find(({ status_code: code }) => code === status);
  const ranged = listed.find(({ status_code_range: range }) => range !== undefined && (range.from ?? 0) <= status && status <= (range.to ?? Infinity));
  return (own ?? ranged)?.value;
}

/**
 * An answer that a rule keeps for everybody loses its cookies.
 * @param {Response} answer
 * @param {Lifetime} [edge]
 */
function withoutCookies(answer, edge) {
  const copy = new Response(null, answer);
  if (edge?.mode === "override_origin") copy.headers.delete("set-cookie");
  return copy;
}

/**
 * Keep an answer: the store takes the whole of it as HTTP would write it.
 * @param {Fetcher} store
 * @param {string} key
 * @param {Response} head
 * @param {string | null} cacheControl
 * @param {ReadableStream | null} body
 */
async function put(store, key, head, cacheControl, body) {
  const { readable, writable } = new TransformStream();
  const stored = store.fetch(key, { method: "PUT", headers: NAMESPACE, body: readable });
  const lines = [`HTTP/1.1 ${head.status} ${head.statusText}`];
  for (const [name, value] of head.headers) if (cacheControl === null || name !== SPEAKING) lines.push(`${name}: ${value}`);
  if (cacheControl !== null) lines.push(`${SPEAKING}: ${cacheControl}`);
  const writer = writable.getWriter();
  try {
    await writer.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
    writer.releaseLock();
    await (body === null ? writable.close() : body.pipeTo(writable));
    await stored;
  } catch {
    // The visitor went away, or the answer broke off: half of it is of no use.
    await stored.catch(() => undefined);
  }
}

/**
 * The answer as the visitor gets it.
 * @param {Response} answer
 * @param {string} status
 * @param {Caching} caching
 */
function told(answer, status, { browser_ttl: browser }) {
  const copy = new Response(answer.body, answer);
  copy.headers.set("cf-cache-status", status);
  copy.headers.delete(SPEAKING);
  if (status === "DYNAMIC" || browser === undefined) return copy;
  if (browser.mode === "override_origin") copy.headers.set("cache-control", `max-age=${browser.default}`);
  else if (browser.mode === "bypass_by_default" && !copy.headers.has("cache-control")) copy.headers.set("cache-control", "no-store");
  return copy;
}
