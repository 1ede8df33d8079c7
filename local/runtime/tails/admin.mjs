// Who is watched; the tail worker itself takes it.
//
//   PUT    /tails                          [worker, …]: those of which every event is to be written out

/** @import { Call } from "../admin/kinds" */

/** @param {Call} call */
export function serve({ request, env }) {
  return env.TAIL.fetch(request);
}
