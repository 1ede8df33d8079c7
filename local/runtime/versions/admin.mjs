// Which version of a script answers how much, told while they run.
//
//   PUT    /versions/shares                {script: [{version, worker, percentage}]}: of all that are split

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env }) {
  return env.VERSIONS.fetch(request);
}
