import { within } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { Collection } from "../collections";

const D1_MS = 20_000;
const ITEM = `
  SELECT item_id, version, change, deleted, digest, size, content, object_key, content_type, device, updated_at
  FROM sync_items WHERE user_id = ?1 AND collection = ?2`;
const PULL = `${ITEM} AND change > CAST(?3 AS INTEGER) ORDER BY change LIMIT CAST(?4 AS INTEGER)`;
const ONE = `${ITEM} AND item_id = ?3`;
const CURSOR = "SELECT change FROM sync_users WHERE user_id = ?1";
const FORGOTTEN = "SELECT forgotten_change FROM sync_usage WHERE user_id = ?1 AND collection = ?2";
const USAGE = "SELECT collection, items, bytes, copies FROM sync_usage WHERE user_id = ?1";
const COPY = `
  SELECT conflict_id, collection, item_id, base_version, deleted, digest, size, content, object_key, content_type, device,
    created_at
  FROM sync_conflicts WHERE user_id = ?1`;
const ONE_COPY = `${COPY} AND conflict_id = ?2`;
const COPIES = `
  SELECT conflict_id, collection, item_id, base_version, deleted, digest, size, content_type, device, created_at
  FROM sync_conflicts WHERE user_id = ?1 AND conflict_id > ?2 ORDER BY conflict_id LIMIT CAST(?3 AS INTEGER)`;

/** What an item and a conflict copy have in common. */
export interface Stored {
  item_id: string;
  deleted: number;
  digest: string;
  size: number;
  content_type: string | null;
  device: string;
}

/** What is current of an item. */
export interface Item extends Stored {
  version: number;
  change: number;
  content: string | null;
  object_key: string | null;
  updated_at: string;
}

/** A conflict copy as it is listed. */
export interface Copy extends Stored {
  conflict_id: string;
  collection: Collection;
  base_version: number;
  created_at: string;
}

/** A conflict copy with its content, or where that lies. */
export interface WholeCopy extends Copy {
  content: string | null;
  object_key: string | null;
}

/** What a user has of a collection. */
export interface Usage {
  collection: Collection;
  items: number;
  bytes: number;
  copies: number;
}

/** Changes after a cursor. */
export interface Page {
  items: Item[];
  /** The last change. Where that alone would be taken for one that is too old, where the pull began stands behind it: `350-900`. */
  cursor: number | string;
  /** Where the pull began that this is a page of: with each of its pages, the next one says so. */
  started: number;
  more: boolean;
}

/** Which changes: those after the cursor *since*, of a pull that has *started* there unless it says otherwise. */
export interface Wish {
  since: string;
  started?: number | undefined;
  limit: number;
}

/**
 * Return items of a collection that have changed, the oldest change first. ApiError 409 where the caller may have missed
 * deletions that are forgotten. A pull of everything misses none that were made before it began.
 */
export async function pull(db: D1Database, userId: string, collection: Collection, { since: cursor, started, limit }: Wish): Promise<Page> {
  const [since = 0, beginning] = cursor.split("-").map(Number);
  const page = db.prepare(PULL).bind(userId, collection, String(since), String(limit + 1));
  const both = [db.prepare(CURSOR).bind(userId), db.prepare(FORGOTTEN).bind(userId, collection)];
  const [items, newest, forgotten] = await answered(db.batch([page, ...both]));
  const change = numberIn(newest, "change");
  const begun = beginning ?? started ?? (since === 0 ? change : since);
  const oldest = numberIn(forgotten, "forgotten_change");
  refuseCursor(Math.max(since, begun), change, oldest);
  const rows = (items?.results ?? []) as Item[];
  const last = lastOf(rows, limit) ?? change;
  return { items: rows.slice(0, limit), cursor: last < oldest ? `${last}-${begun}` : last, started: begun, more: rows.length > limit };
}

/** The last change of a page of *limit* items; `undefined` of the last page. */
function lastOf(rows: readonly Item[], limit: number): number | undefined {
  return rows.length > limit ? rows[limit - 1]?.change : undefined;
}

/** The number called *name* in the only row; 0 where there is none, as before the first push. */
function numberIn(answer: D1Result | undefined, name: string): number {
  const [row] = (answer?.results ?? []) as Record<string, number>[];
  return row?.[name] ?? 0;
}

function refuseCursor(cursor: number, change: number, forgotten: number): void {
  if (cursor > change) throw cursorUnknown();
  if (cursor < forgotten) throw cursorExpired();
}

/** Return one item, `null` when there never was one. */
export function itemOf(db: D1Database, userId: string, collection: Collection, id: string): Promise<Item | null> {
  return answered(db.prepare(ONE).bind(userId, collection, id).first<Item>());
}

/** Return one conflict copy, `null` when there is none, or no more. */
export function copyOf(db: D1Database, userId: string, conflictId: string): Promise<WholeCopy | null> {
  return answered(db.prepare(ONE_COPY).bind(userId, conflictId).first<WholeCopy>());
}

/** What there is of a user in all. */
export interface Overview {
  cursor: number;
  usage: Usage[];
  copies: Copy[];
}

/** Return what there is of a user, with at most *limit* conflict copies after that called *after*. */
export async function overview(db: D1Database, userId: string, after: string, limit: number): Promise<Overview> {
  const asked = [db.prepare(CURSOR).bind(userId), db.prepare(USAGE).bind(userId), db.prepare(COPIES).bind(userId, after, String(limit))];
  const [last, usage, copies] = await answered(db.batch(asked));
  const [{ change } = { change: 0 }] = (last?.results ?? []) as { change: number }[];
  return { cursor: change, usage: (usage?.results ?? []) as Usage[], copies: (copies?.results ?? []) as Copy[] };
}

/** Return what D1 says. ApiError 503 when it says nothing. */
export async function answered<T>(asked: Promise<T>): Promise<T> {
  try {
    return await within(D1_MS, asked);
  } catch (error) {
    log("error", "database_failed", describeError(error));
    throw unavailable("database_unavailable", "the database does not answer; send the same again");
  }
}

function cursorUnknown(): ApiError {
  return new ApiError(409, "cursor_unknown", "the cursor is ahead of all changes: what was synced was set back; pull again without one");
}

function cursorExpired(): ApiError {
  const what = "pull again without one, give `cursor` and `started` of each page back with the next, and drop what does not come: it was deleted";
  return new ApiError(409, "cursor_expired", `the cursor is older than the deletions that are remembered; ${what}`);
}
