const FENCE = `
  INSERT INTO sync_users (user_id, fence, change) VALUES (?1, CAST(?2 AS INTEGER), 0)
  ON CONFLICT (user_id) DO UPDATE SET fence = CASE WHEN excluded.fence >= fence THEN excluded.fence ELSE -1 END`;
const SEEN = "SELECT fence FROM sync_users WHERE user_id = ?1";

/** A write carries an older fencing token than the newest that D1 has seen. Nothing of it was done. */
export class StaleFenceError extends Error {
  override readonly name = "StaleFenceError";
}

/** Return the first statement of every write: with an older token than the newest seen, the whole transaction fails. */
export function fence(db: D1Database, userId: string, token: number): D1PreparedStatement {
  return db.prepare(FENCE).bind(userId, String(token));
}

/** Return the newest fencing token that was seen of a user; 0 when none was. */
export async function fenceOf(db: D1Database, userId: string): Promise<number> {
  const seen = await db.prepare(SEEN).bind(userId).first<{ fence: number }>();
  return seen?.fence ?? 0;
}

/** Whether a transaction has failed because of the constraint *name* of the tables. */
export function hasFailed(error: unknown, name: string): boolean {
  return error instanceof Error && error.message.includes(`CHECK constraint failed: ${name}`);
}
