// Load balancers, told while they run, and checks of origins.
//
//   PUT    /balancers/table                {balancers, pools}: all of them
//   POST   /balancers/probe                one check: see service/prober.mjs -> what was found

import { Problem } from "../admin/problem.mjs";

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env, url, id }) {
  switch (id) {
    case "table":
      return env.BALANCERS.fetch(request);
    case "probe":
      return env.PROBER.fetch(request);
    default:
      throw new Problem(404, "unknown_path", `nothing at ${url.pathname}`);
  }
}
