// What the edge is told while it runs.
//
//   PUT    /edge/routes                    [{pattern, kind, worker}]: all of them
//   PUT    /edge/rulesets                  [{zone, phase, rules}]: all that run
//   PUT    /edge/lists                     [{name, addresses}]: all that rules may name
//   PUT    /edge/access                    {team, applications, tokens, key}: who is asked who they are
//   POST   /edge/problems                  {phase, rules}: [null or what is wrong with a rule], in order
//   PUT    /edge/watched                   []: nobody wants to see every request; [""]: somebody does
//   GET    /edge/hits                      {<rule>: {count, last}}: how often rules have fired
//   PUT    /edge/hosts                     [host]: those that workers reach within this process

import { Problem } from "../admin/problem.mjs";

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env, url, id }) {
  switch (id) {
    case "access":
    case "routes":
    case "rulesets":
    case "lists":
    case "watched":
    case "hits":
    case "problems":
      return env.ROUTER.fetch(request);
    case "hosts":
      return env.OUTBOUND.fetch(request);
    default:
      throw new Problem(404, "unknown_path", `nothing at ${url.pathname}`);
  }
}
