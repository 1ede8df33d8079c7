import { CLOCK } from "#lib/clock";
import { ApiError, notFound, unavailable } from "#lib/errors";
import type { ApiContext, Call, Route } from "#lib/route";
import type { Read, Schema } from "#lib/schema";
import { bucketOf, FILE_COLLECTIONS, type FileCollection } from "../collections";
import type { Env } from "../env";
import { userOf } from "../identity/token";
import { askState } from "../lock/hold";
import { route } from "../route";
import { OF_ITEM, PULL, PUSH } from "../schemas";
import { GRACE_MS } from "../store/commit";
import { DELETED, type Outcome } from "../store/model";
import { changeOf, write, type Wanted } from "../store/push";
import { itemOf, pull, type Item, type Stored } from "../store/read";
import { upload } from "./upload";

const BYTES = "application/octet-stream";
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}(?:;[\x20-\x7e]{0,100})?$/i;

type PullCall = Call<Env, Schema, typeof PULL, Schema>;
type ItemCall = Call<Env, typeof OF_ITEM, Schema, Schema>;
type PushCall = Call<Env, typeof OF_ITEM, typeof PUSH, Schema>;

/** Pull and push of what lies in R2. */
export const FILE_ROUTES: readonly Route<Env>[] = (Object.keys(FILE_COLLECTIONS) as FileCollection[]).flatMap((collection) => {
  const path = `/${collection}/:id`;
  const changes = { path, scope: "sync:write", params: OF_ITEM, query: PUSH } as const;
  return [
    route({ method: "GET", path: `/${collection}`, scope: "sync:read", query: PULL, handle: (call) => pulled(call, collection) }),
    route({ method: "GET", path, scope: "sync:read", params: OF_ITEM, handle: (call) => read(call, collection) }),
    route({ ...changes, method: "PUT", handle: (call) => put(call, collection) }),
    route({ ...changes, method: "DELETE", handle: (call) => remove(call, collection) }),
  ];
});

async function pulled({ c, env, principal, query }: PullCall, collection: FileCollection): Promise<Response> {
  const { items, ...page } = await pull(env.DB, userOf(principal), collection, query);
  return c.json({ items: items.map(shownOf), ...page });
}

function shownOf({ item_id: id, version, deleted, digest, size, content_type, device, updated_at }: Item): object {
  const isDeleted = deleted === 1;
  return { id, version, deleted: isDeleted, ...(isDeleted ? {} : { size, sha256: digest, content_type }), device, updated_at };
}

async function read({ c, env, principal, params }: ItemCall, collection: FileCollection): Promise<Response> {
  const item = await itemOf(env.DB, userOf(principal), collection, params.id);
  if (item === null || item.deleted === 1) throw notFound("item");
  const etag = `"${item.version}"`;
  const known = c.req.header("If-None-Match")?.split(",").map((each) => each.trim().replace(/^W\//, ""));
  if (known?.includes(etag) === true) return new Response(null, { status: 304, headers: { ETag: etag } });
  return bytesOf(env, collection, item, { ETag: etag });
}

/** Answer with the bytes of an item or of a conflict copy. */
export async function bytesOf(
  env: Env,
  collection: FileCollection,
  { content_type, digest, object_key }: Stored & { object_key: string | null },
  headers: Record<string, string> = {},
): Promise<Response> {
  const found = object_key === null ? null : await bucketOf(env, collection).get(object_key);
  if (found === null) throw unavailable("bytes_unavailable", "the bytes cannot be read at the moment; ask again");
  const size = { "Content-Type": content_type ?? BYTES, "Content-Length": String(found.size) };
  return new Response(found.body, { headers: { ...size, "Repr-Digest": reprDigest(digest), ...headers } });
}

/** Return a SHA-256 in hexadecimal as RFC 9530 has it. */
function reprDigest(digest: string): string {
  const bytes = digest.match(/../g) ?? [];
  return `sha-256=:${btoa(String.fromCharCode(...bytes.map((each) => parseInt(each, 16))))}:`;
}

async function put(call: PushCall, collection: FileCollection): Promise<Response> {
  const { c, env, principal, params } = call;
  const contentType = c.req.header("Content-Type") ?? BYTES;
  if (!MEDIA_TYPE.test(contentType)) throw new ApiError(400, "invalid_request", "Content-Type must be a media type");
  const { objectKey, size, digest } = await upload(env, userOf(principal), collection, c.req.raw);
  return push(call, collection, {
    id: params.id,
    base: call.query.base_version,
    deleted: false,
    digest,
    size,
    object_key: objectKey,
    content_type: contentType,
    resolves: resolved(call.query),
  });
}

function remove(call: PushCall, collection: FileCollection): Promise<Response> {
  const { params, query } = call;
  const wanted = { id: params.id, base: query.base_version, deleted: true, digest: DELETED, size: 0, resolves: resolved(query) };
  return push(call, collection, wanted);
}

function resolved({ resolves }: Read<typeof PUSH>): string[] {
  return resolves?.split(",") ?? [];
}

async function push({ c, env, principal, query }: PushCall, collection: FileCollection, wanted: Wanted): Promise<Response> {
  const userId = userOf(principal);
  const changes = [await changeOf(collection, wanted)];
  // What it replaces or settles is deleted some time after.
  await askState(env, userId, (state) => state.sweepAt(userId, CLOCK.now() + GRACE_MS));
  const { outcomes, cursor } = await write(env, { userId, collection, device: query.device, changes }, query.lock_id);
  return answer(c, outcomes, cursor);
}

/** 200, or 409 where it has become a conflict copy. */
function answer(c: ApiContext<Env>, [outcome]: readonly Outcome[], cursor: number): Response {
  if (outcome === undefined) throw new Error("a push of one change has no outcome");
  if (outcome.status === "applied") return c.json({ ...outcome, cursor }, 200, { ETag: `"${outcome.version}"` });
  const message = `version ${outcome.version} is current, and was not seen; what was sent is kept as a conflict copy`;
  return c.json({ error: { code: "conflict", message }, ...outcome, cursor }, 409);
}
