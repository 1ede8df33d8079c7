// What a request gets of an answer that is kept.

/** @import { Row } from "./zone_cache.mjs" */

import { chosen } from "./selection.mjs";

/** Say that nothing is kept. */
export const missed = () => new Response(null, { status: 504, headers: { "cf-cache-status": "MISS" } });

/**
 * Answer a request with the headers `asked` out of what is kept.
 * @param {Row} kept
 * @param {Headers} asked
 * @param {(from: number, to: number) => Uint8Array} read gives bytes of the body, the end not included
 */
export function answered(kept, asked, read) {
  const headers = new Headers(/** @type {[string, string][]} */ (JSON.parse(kept.headers)));
  headers.set("cf-cache-status", "HIT");
  headers.set("age", String(Math.floor((Date.now() - kept.stored) / 1000)));
  const { status, range } = chosen(kept, headers, asked);
  const body = range && read(range.from, range.to);
  return new Response(body, { status, statusText: status === kept.status ? kept.reason : "", headers, encodeBody: "manual" });
}
