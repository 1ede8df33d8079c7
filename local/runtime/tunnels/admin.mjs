// What tunnels lead to, told while they run.
//
//   PUT    /tunnels/hosts                  [{host, rules}]: all of them
//   PUT    /tunnels/access                 {team, key}: whose tokens of Access are taken

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env }) {
  return env.TUNNELS.fetch(request);
}
