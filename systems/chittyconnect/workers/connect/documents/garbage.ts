const SWEEP = 100;
const OLDEST = `SELECT key FROM document_garbage ORDER BY queued_at LIMIT ${SWEEP}`;
// By key alone: in one statement with the other, all of the table would be looked through.
const AMONG = `SELECT key FROM document_garbage WHERE key IN (SELECT value FROM json_each(?1)) LIMIT ${SWEEP}`;

/** Objects that no document refers to any more: noted in D1 first, then deleted from R2. */
export class Garbage {
  constructor(
    private readonly db: D1Database,
    private readonly bucket: R2Bucket,
  ) {}

  /** Note objects at *keys* to be deleted. */
  async add(keys: readonly string[], now: number): Promise<void> {
    const note = `INSERT INTO document_garbage (key, queued_at) SELECT value, ?2 FROM json_each(?1)
      WHERE TRUE ON CONFLICT DO NOTHING`;
    await this.db.prepare(note).bind(JSON.stringify(keys), new Date(now).toISOString()).run();
  }

  /** Delete the noted objects among *keys*, or the oldest hundred. Answers how many there were. */
  async sweep(keys?: readonly string[]): Promise<number> {
    const noted = await this.noted(keys);
    if (noted.length === 0) return 0;
    await this.bucket.delete(noted);
    const forget = "DELETE FROM document_garbage WHERE key IN (SELECT value FROM json_each(?1))";
    await this.db.prepare(forget).bind(JSON.stringify(noted)).run();
    return noted.length;
  }

  private async noted(keys?: readonly string[]): Promise<string[]> {
    const { results } = await (keys === undefined
      ? this.db.prepare(OLDEST)
      : this.db.prepare(AMONG).bind(JSON.stringify(keys))
    ).all<{ key: string }>();
    return results.map((row) => row.key);
  }
}
