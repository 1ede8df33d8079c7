// Which zone the answers of a worker are kept for; the cache itself takes it.
//
//   PUT    /cache/zones                    {worker: zone}: all workers that have an address

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env }) {
  return env.CACHE.fetch(request);
}
