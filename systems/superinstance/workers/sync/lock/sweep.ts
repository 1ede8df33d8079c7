import { within, type Clock } from "#lib/clock";
import { bucketOf, FILE_COLLECTIONS, type FileCollection } from "../collections";
import type { Env } from "../env";

const OBJECTS_A_SWEEP = 500;
const D1_MS = 30_000;
const R2_MS = 60_000;

const DOOM = `
  UPDATE sync_objects SET doomed = 1 WHERE object_key IN (
    SELECT object_key FROM sync_objects WHERE user_id = ?1 AND due_at <= CAST(?2 AS INTEGER)
    ORDER BY due_at LIMIT CAST(?3 AS INTEGER))
  RETURNING object_key, collection`;
const DROP = "DELETE FROM sync_objects WHERE object_key IN (SELECT value FROM json_each(?1)) AND doomed = 1";
const NEXT = "SELECT MIN(due_at) AS next FROM sync_objects WHERE user_id = ?1";

interface Doomed {
  object_key: string;
  collection: FileCollection;
}

/**
 * Deletes from R2 what nothing refers to.
 *
 * What is doomed in D1 cannot be referred to any more, so an upload that is as late as this is refused and never left
 * without its bytes. Only when R2 has deleted it, D1 forgets it: whatever fails in between is done again.
 */
export class Sweep {
  constructor(
    private readonly env: Env,
    private readonly clock: Clock,
  ) {}

  /** Delete what is due of a user; return when the next is due, in milliseconds since 1970, `null` when there is none. */
  async run(userId: string): Promise<number | null> {
    const now = String(this.clock.now());
    const { results } = await within(D1_MS, this.env.DB.prepare(DOOM).bind(userId, now, String(OBJECTS_A_SWEEP)).all<Doomed>());
    for (const collection of Object.keys(FILE_COLLECTIONS) as FileCollection[]) {
      const keys = results.filter((each) => each.collection === collection).map((each) => each.object_key);
      if (keys.length > 0) await within(R2_MS, bucketOf(this.env, collection).delete(keys));
    }
    const forget = this.env.DB.prepare(DROP).bind(JSON.stringify(results.map((each) => each.object_key)));
    const [, next] = await within(D1_MS, this.env.DB.batch<{ next: number | null }>([forget, this.env.DB.prepare(NEXT).bind(userId)]));
    return next?.results[0]?.next ?? null;
  }
}
