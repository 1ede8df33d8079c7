// What the edge says of requests to whoever watches: a line of the process's output for each, which the
// supervisor reads. Of an address it is the path alone: a query may hold anything.

/** @import { RequestView } from "../rules/request.mjs" */

import { env } from "cloudflare:workers";

/** Characters of a path that are told. */
const LONGEST = 8192;
/** Characters of a host that are told: no name of one has more, but a client may send what is none. */
const LONGEST_HOST = 255;
const MARK = `\u0001edge ${env.LINE_KEY} `; // a worker may print anything, and does not know the key

// A process that was just started was not told yet whether somebody watches, and says everything, so that
// nobody misses what comes before that.
let watched = true;

/** @param {boolean} isWatched */
export function watch(isWatched) {
  watched = isWatched;
}

/** Return when a request came, where that is to be told; undefined where nobody watches. */
export const begun = () => (watched ? Date.now() : undefined);

/**
 * Tell of a request that was answered, and return the answer.
 * @param {Request} request
 * @param {{ host: string, path: string }} place
 * @param {number | undefined} at when it came, in milliseconds since 1970; undefined where nobody watches
 * @param {Response} response
 * @param {RequestView} [view] what rules saw of it
 */
export function reported(request, { host, path }, at, response, view) {
  if (at === undefined) return response;
  const { method } = request;
  const said = { at, took: Date.now() - at, method, host: host.slice(0, LONGEST_HOST), path: path.split("?", 1)[0]?.slice(0, LONGEST), status: response.status };
  // eslint-disable-next-line no-console -- the supervisor reads it there
  console.log(MARK + JSON.stringify({ ...said, rules: view?.fired ?? [] }));
  return response;
}
