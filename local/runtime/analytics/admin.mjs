// The points of Analytics Engine; the worker that gathers them takes it.
//
//   PUT    /analytics                      "now" or "end": keep what was written; from the end on each point at once

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env }) {
  return env.ANALYTICS.fetch(request);
}
