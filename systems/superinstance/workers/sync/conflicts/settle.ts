import { CLOCK, within } from "#lib/clock";
import { unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { GRACE_MS } from "../store/commit";
import { fence, hasFailed, StaleFenceError } from "../store/fence";
import type { Copy } from "../store/read";

const D1_MS = 20_000;
const NOTE = `
  INSERT INTO sync_objects (object_key, user_id, collection, due_at, doomed)
  SELECT object_key, user_id, collection, CAST(?3 AS INTEGER), 0 FROM sync_conflicts
  WHERE user_id = ?1 AND conflict_id = ?2 AND object_key IS NOT NULL`;
const COUNT = `
  UPDATE sync_usage SET copies = copies - 1, bytes = bytes - (
    SELECT size FROM sync_conflicts WHERE user_id = ?1 AND conflict_id = ?2)
  WHERE user_id = ?1 AND collection = ?3 AND EXISTS (
    SELECT 1 FROM sync_conflicts WHERE user_id = ?1 AND conflict_id = ?2)`;
const DROP = "DELETE FROM sync_conflicts WHERE user_id = ?1 AND conflict_id = ?2";

/** Give up a conflict copy: what is current stays. Doing so twice is doing so once. */
export async function giveUp(db: D1Database, userId: string, copy: Copy, token: number): Promise<void> {
  const due = String(CLOCK.now() + GRACE_MS);
  const statements = [
    fence(db, userId, token),
    db.prepare(NOTE).bind(userId, copy.conflict_id, due),
    db.prepare(COUNT).bind(userId, copy.conflict_id, copy.collection),
    db.prepare(DROP).bind(userId, copy.conflict_id),
  ];
  try {
    await within(D1_MS, db.batch(statements));
  } catch (error) {
    if (hasFailed(error, "fence_is_newest")) throw new StaleFenceError("a newer fencing token was seen", { cause: error });
    log("error", "settling_failed", describeError(error));
    throw unavailable("database_unavailable", "it is not certain that this was written; send the same again");
  }
}
