import * as v from "valibot";

import type { Call, Route } from "#lib/route";
import { parameters, type Schema } from "#lib/schema";
import { COLLECTIONS, limitsOf } from "../collections";
import { copyShown } from "../conflicts/routes";
import type { Env } from "../env";
import { userOf } from "../identity/token";
import { askState } from "../lock/hold";
import { route } from "../route";
import { CONFLICT_ID } from "../schemas";
import { overview, type Usage } from "../store/read";

const MOST_CONFLICTS = 100;
const SECOND_MS = 1_000;
const QUERY = parameters({ after: v.optional(CONFLICT_ID) });

/** How a user stands. */
export const STATUS_ROUTES: readonly Route<Env>[] = [
  route({ method: "GET", path: "/status", scope: "sync:read", query: QUERY, handle: status }),
];

async function status({ c, env, principal, query }: Call<Env, Schema, typeof QUERY, Schema>): Promise<Response> {
  const userId = userOf(principal);
  const [{ cursor, usage, copies }, busyMs] = await Promise.all([
    overview(env.DB, userId, query.after ?? "", MOST_CONFLICTS + 1),
    askState(env, userId, (state) => state.busyMs()),
  ]);
  return c.json({
    user_id: userId,
    cursor,
    collections: Object.fromEntries(COLLECTIONS.map((name) => [name, standing(name, usage)])),
    lock: { held: busyMs > 0, seconds: Math.ceil(busyMs / SECOND_MS) },
    conflicts: copies.slice(0, MOST_CONFLICTS).map(copyShown),
    more_conflicts: copies.length > MOST_CONFLICTS,
  });
}

function standing(collection: (typeof COLLECTIONS)[number], usage: readonly Usage[]): object {
  const found = usage.find((each) => each.collection === collection);
  const { items = 0, bytes = 0, copies = 0 } = found ?? {};
  const limits = limitsOf(collection);
  return { items, bytes, conflicts: copies, most_items: limits.items, most_bytes: limits.bytes, most_bytes_an_item: limits.itemBytes };
}
