import { CLOCK } from "#lib/clock";
import { notFound } from "#lib/errors";
import type { Json } from "#lib/json";
import type { Call, Route } from "#lib/route";
import type { Schema } from "#lib/schema";
import { isFiles } from "../collections";
import type { Env } from "../env";
import { bytesOf } from "../files/routes";
import { userOf } from "../identity/token";
import { askState, asHolder } from "../lock/hold";
import { route } from "../route";
import { OF_COPY, WITH_LOCK } from "../schemas";
import { GRACE_MS } from "../store/commit";
import { copyOf, type Copy } from "../store/read";
import { giveUp } from "./settle";

type CopyCall = Call<Env, typeof OF_COPY, Schema, Schema>;
type DropCall = Call<Env, typeof OF_COPY, typeof WITH_LOCK, Schema>;

const PATH = "/conflicts/:conflict_id";

/** Conflict copies: what was pushed by somebody who had not seen what was current. */
export const CONFLICT_ROUTES: readonly Route<Env>[] = [
  route({ method: "GET", path: PATH, scope: "sync:read", params: OF_COPY, handle: read }),
  route({ method: "DELETE", path: PATH, scope: "sync:write", params: OF_COPY, query: WITH_LOCK, handle: drop }),
];

/** Return a conflict copy as it is listed. Its name is for people. */
export function copyShown(copy: Copy): Record<string, Json> {
  const { conflict_id, collection, item_id, base_version, deleted, size, device, created_at } = copy;
  const name = `${item_id} (conflict of ${device}, ${created_at})`;
  return { conflict_id, name, collection, item_id, base_version, deleted: deleted === 1, size, device, created_at };
}

async function read({ c, env, principal, params }: CopyCall): Promise<Response> {
  const copy = await copyOf(env.DB, userOf(principal), params.conflict_id);
  if (copy === null) throw notFound("conflict");
  if (isFiles(copy.collection) && copy.deleted === 0) {
    return bytesOf(env, copy.collection, copy);
  }
  const value = copy.content === null ? {} : { value: JSON.parse(copy.content) as Json };
  return c.json({ ...copyShown(copy), ...value });
}

async function drop({ env, principal, params, query }: DropCall): Promise<Response> {
  const userId = userOf(principal);
  const copy = await copyOf(env.DB, userId, params.conflict_id);
  if (copy === null) throw notFound("conflict");
  await askState(env, userId, (state) => state.sweepAt(userId, CLOCK.now() + GRACE_MS));
  await asHolder(env, userId, query.lock_id, (token) => giveUp(env.DB, userId, copy, token));
  return new Response(null, { status: 204 });
}
