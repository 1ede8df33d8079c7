// Schedules, fired by hand.
//
//   POST   /cron/<worker>                  ?cron -> {outcome, noRetry}

/** @import { Call } from "../admin/kinds" */

import { Problem } from "../admin/problem.mjs";

/** @param {Call} call */
export async function serve({ env, url, id }) {
  const worker = env[`worker:${id}`];
  if (!worker) throw new Problem(404, "unknown_worker", `there is no worker ${id}`);
  const cron = url.searchParams.get("cron") ?? "";
  return Response.json(await worker.scheduled({ cron, scheduledTime: new Date() }));
}
