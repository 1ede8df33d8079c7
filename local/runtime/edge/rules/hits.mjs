// How often each rule has fired since the runtime began.

/** @import { RequestView } from "./request.mjs" */
/** @import { Rule } from "./zone.mjs" */

/** @type {Map<string, { count: number, last: number }>} */
const hits = new Map();

/**
 * Note that a rule fired for a request: it matched, or a client went beyond its limit.
 * @param {Rule} rule
 * @param {RequestView} view
 */
export function fire({ id, action }, view) {
  const known = hits.get(id) ?? { count: 0, last: 0 };
  known.count += 1;
  known.last = view.seen.now;
  hits.set(id, known);
  view.fired.push({ id, action });
}

/** Return how often each rule fired, and when last in milliseconds since 1970, by its id. */
export const counted = () => Object.fromEntries(hits);
