import * as v from "valibot";

import { ApiError, invalid } from "#lib/errors";
import { sha256Hex } from "#lib/hash";
import { jsonBytes, jsonFault, type Json } from "#lib/json";
import type { Call, Route } from "#lib/route";
import { described, object, type Read, type Schema } from "#lib/schema";
import { ENTRY_COLLECTIONS, type EntryCollection } from "../collections";
import type { Env } from "../env";
import { userOf } from "../identity/token";
import { route } from "../route";
import { BASE_VERSION, DEVICE, ITEM_ID, LOCK_ID, PULL, RESOLVED } from "../schemas";
import { DELETED } from "../store/model";
import { changeOf, write, type Wanted } from "../store/push";
import { pull, type Item } from "../store/read";

const BODY_BYTES = 1_048_576;
const MOST_CHANGES = 100;
const DEEPEST = 32;
const CHANGES = `1 to ${MOST_CHANGES} changes`;
const VALUE = `any JSON, at most ${DEEPEST} levels deep and free of reserved names; left out of what is deleted`;

const CHANGE = object({
  id: ITEM_ID,
  base_version: BASE_VERSION,
  value: v.optional(
    v.pipe(
      described(v.custom<Json>((value) => value !== undefined, VALUE), {}),
      v.check((value) => jsonFault(value, DEEPEST) === undefined, VALUE),
    ),
  ),
  deleted: v.optional(v.boolean("true or false"), false),
  resolves: RESOLVED,
});

/** Body of a push: changes of different items, made together. */
const ENTRIES = object({
  device: DEVICE,
  lock_id: v.optional(LOCK_ID),
  changes: v.pipe(v.array(CHANGE, CHANGES), v.minLength(1, CHANGES), v.maxLength(MOST_CHANGES, CHANGES)),
});

/** Pull and push of what lies in D1. */
export const ENTRY_ROUTES: readonly Route<Env>[] = (Object.keys(ENTRY_COLLECTIONS) as EntryCollection[]).flatMap((collection) => [
  route({ method: "GET", path: `/${collection}`, scope: "sync:read", query: PULL, handle: (call) => pulled(call, collection) }),
  route({
    method: "POST",
    path: `/${collection}`,
    scope: "sync:write",
    body: { schema: () => ENTRIES, limit: () => BODY_BYTES },
    handle: (call) => pushed(call, collection),
  }),
]);

async function pulled({ c, env, principal, query }: Call<Env, Schema, typeof PULL, Schema>, collection: EntryCollection): Promise<Response> {
  const { items, ...page } = await pull(env.DB, userOf(principal), collection, query);
  return c.json({ items: items.map(entryOf), ...page });
}

/** Return an item as it is shown. */
function entryOf({ item_id: id, version, deleted, content, device, updated_at }: Item): object {
  const value = deleted === 1 ? {} : { value: JSON.parse(content ?? "null") as Json };
  return { id, version, deleted: deleted === 1, ...value, device, updated_at };
}

async function pushed({ c, env, principal, body }: Call<Env, Schema, Schema, typeof ENTRIES>, collection: EntryCollection): Promise<Response> {
  const { device, lock_id: lockId, changes } = await body();
  if (new Set(changes.map(({ id }) => id)).size < changes.length) throw invalid("changes", "of different items: an id stands there twice");
  const wanted = await Promise.all(changes.map((change, index) => wantedOf(collection, change, `changes[${index}]`)));
  const made = await Promise.all(wanted.map((each) => changeOf(collection, each)));
  const { outcomes, cursor } = await write(env, { userId: userOf(principal), collection, device, changes: made }, lockId);
  return c.json({ results: outcomes, cursor });
}

async function wantedOf(collection: EntryCollection, change: Read<typeof CHANGE>, where: string): Promise<Wanted> {
  const { id, base_version: base, value, deleted, resolves } = change;
  if (deleted === (value !== undefined)) throw invalid(where, "either a `value`, or `deleted: true`");
  if (value === undefined) return { id, base, deleted, digest: DELETED, size: 0, resolves };
  const size = jsonBytes(value);
  const { itemBytes } = ENTRY_COLLECTIONS[collection];
  if (size > itemBytes) throw new ApiError(413, "body_too_large", `${where}.value must not be larger than ${itemBytes} bytes`);
  return { id, base, deleted, digest: await sha256Hex(JSON.stringify(value)), size, content: value, resolves };
}
