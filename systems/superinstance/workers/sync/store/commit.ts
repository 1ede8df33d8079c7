import { within } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { isFiles, limitsOf, type Collection, type Limits } from "../collections";
import { fence, hasFailed, StaleFenceError } from "./fence";
import type { Change, Outcome, Push } from "./model";
import * as sql from "./statements";

const D1_MS = 20_000;
/** For so long after nothing refers to it any more, an object can still be read: by who has begun to. */
export const GRACE_MS = 300_000;
/** A value of D1 may have 2 MB. */
const CHANGES_BYTES = 1_900_000;

interface Row {
  item_id: string;
  /** `null`, as `deleted`: there never was such an item. */
  version: number | null;
  stands: number;
  deleted: number | null;
  conflict_id: string | null;
}

/** What became of a push: each of its changes in their order, and where a pull goes on. */
export interface Committed {
  outcomes: Outcome[];
  cursor: number;
}

/**
 * Make the changes of a push in one transaction.
 *
 * A change whose base is the current version becomes the new one. Any other becomes a conflict copy, unless it says
 * what is current anyway, so the same push may come twice. StaleFenceError, ApiError 409 or 503: nothing was changed,
 * or, with 503, the same may be sent again.
 */
export async function commit(db: D1Database, push: Push<Collection>, token: number, now: number): Promise<Committed> {
  const statements = statementsOf(db, push, token, now);
  try {
    const results = await within(D1_MS, db.batch<Row | { change: number }>(statements));
    const rows = results.at(-2)?.results as Row[];
    const [last] = results.at(-1)?.results as { change: number }[];
    return { outcomes: rows.map(outcomeOf), cursor: last?.change ?? 0 };
  } catch (error) {
    throw refusal(error, push.collection);
  }
}

function statementsOf(db: D1Database, push: Push<Collection>, token: number, now: number): D1PreparedStatement[] {
  const { userId, collection, device, changes } = push;
  const values = [userId, collection, encoded(changes)] as const;
  const copies = JSON.stringify(changes.flatMap((each) => [each.conflict_id, ...each.resolves]));
  const [at, due] = [new Date(now).toISOString(), String(now + GRACE_MS)];
  const one = (text: string, ...more: string[]): D1PreparedStatement => db.prepare(text).bind(...values, ...more);
  const ofFiles = (...those: D1PreparedStatement[]): D1PreparedStatement[] => (isFiles(collection) ? those : []);
  return [
    fence(db, userId, token),
    db.prepare(sql.BEGIN_USAGE).bind(userId, collection),
    one(sql.COUNT, copies, "-1"),
    one(sql.KEEP_COPIES, device, at),
    ...ofFiles(one(sql.NOTE_REPLACED, due)),
    one(sql.APPLY, device, at),
    ...ofFiles(one(sql.NOTE_RESOLVED, due)),
    one(sql.DROP_RESOLVED),
    ...ofFiles(one(sql.DROP_NOTES)),
    db.prepare(sql.NUMBER).bind(userId, String(changes.length)),
    one(sql.COUNT, copies, "1"),
    limit(db, push, limitsOf(collection)),
    db.prepare(sql.NOTE_FORGOTTEN).bind(userId, collection, String(limitsOf(collection).items)),
    db.prepare(sql.FORGET).bind(userId, collection),
    one(sql.OUTCOMES),
    db.prepare(sql.CURSOR).bind(userId),
  ];
}

function limit(db: D1Database, { userId, collection }: Push<Collection>, { items, bytes, copies }: Limits): D1PreparedStatement {
  return db.prepare(sql.LIMIT).bind(userId, collection, String(items), String(bytes), String(copies));
}

function encoded(changes: readonly Change[]): string {
  const text = JSON.stringify(changes);
  if (new TextEncoder().encode(text).byteLength <= CHANGES_BYTES) return text;
  throw new ApiError(413, "body_too_large", "these changes are too large for one push; send them in several");
}

function outcomeOf({ item_id: id, version, stands, deleted, conflict_id }: Row): Outcome {
  const isApplied = stands === 1;
  // Its bytes have been given up before they were referred to.
  if (!isApplied && conflict_id === null) {
    throw new ApiError(409, "upload_expired", `${id} took too long to arrive; send it again`);
  }
  return {
    id,
    status: isApplied ? "applied" : "conflict",
    version: version ?? 0,
    deleted: deleted !== 0,
    conflict_id: isApplied ? null : conflict_id,
  };
}

function refusal(error: unknown, collection: Collection): unknown {
  if (hasFailed(error, "fence_is_newest")) return new StaleFenceError("a newer fencing token was seen", { cause: error });
  const { items, bytes, copies } = limitsOf(collection);
  if (hasFailed(error, "items_within_limit")) return full(`${items} items; delete some`);
  if (hasFailed(error, "bytes_within_limit")) return full(`${bytes} bytes, conflict copies included; delete some items, or settle conflicts`);
  if (hasFailed(error, "copies_within_limit")) return full(`${copies} conflict copies; settle some, /sync/status lists them`);
  if (error instanceof ApiError) return error;
  log("error", "push_failed", describeError(error));
  return unavailable("database_unavailable", "it is not certain that this was written; send the same again");
}

function full(most: string): ApiError {
  return new ApiError(409, "collection_full", `this collection takes ${most}. Nothing of the push was written`);
}
