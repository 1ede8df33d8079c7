const WINDOW_MS = 60_000;
const SECOND_MS = 1_000;

/** Where the requests of a window are kept: rows of them, by the time at which they were written. */
export const WINDOW_TABLE = `
  CREATE TABLE IF NOT EXISTS requests (
    written_at INTEGER PRIMARY KEY,
    hits TEXT NOT NULL
  );
`;

/** Statements of a window: tests ask SQLite how it would run each. */
export const WINDOW_SQL = {
  hitsSince: "SELECT written_at, hits FROM requests WHERE written_at > ? ORDER BY written_at",
  addHits: "INSERT INTO requests (written_at, hits) VALUES (?, ?)",
  forgetHits: "DELETE FROM requests WHERE written_at <= ?",
} as const;

/** A request that was made: by which key, and when. */
type Hit = readonly [key: string, at: number];

/**
 * The requests of the last minute to an object, by key: exact in any 60 seconds, not by the clock's own minutes.
 *
 * In memory, so that whoever asks waits for no disk; `keep` writes what is new, so that an object that has left memory
 * after that has forgotten no request. The object makes `WINDOW_TABLE` before.
 */
export class RequestWindow {
  private readonly byKey = new Map<string, number[]>();
  private unkept: Hit[] = [];
  private writtenAt = 0;

  /**
   * @param sql The database of the object.
   */
  constructor(
    private readonly sql: SqlStorage,
    now: number,
  ) {
    for (const row of sql.exec<{ written_at: number; hits: string }>(WINDOW_SQL.hitsSince, now - WINDOW_MS).toArray()) {
      this.writtenAt = row.written_at;
      for (const [key, at] of JSON.parse(row.hits) as Hit[]) this.timesOf(key).push(at);
    }
  }

  /** Count a request of *key*; return the seconds to wait when it has made *limit* of them, else 0. */
  hit(key: string, limit: number, now: number): number {
    const times = this.inWindow(key, now);
    const first = times.at(-limit);
    if (first !== undefined) return Math.ceil((first + WINDOW_MS - now) / SECOND_MS);
    times.push(now);
    this.unkept.push([key, now]);
    return 0;
  }

  /** How many requests *key* has made. */
  count(key: string, now: number): number {
    return this.inWindow(key, now).length;
  }

  /** Write what is new, and drop what is over a minute old. */
  keep(now: number): void {
    if (this.unkept.length === 0) return;
    this.writtenAt = Math.max(now, this.writtenAt + 1);
    this.sql.exec(WINDOW_SQL.addHits, this.writtenAt, JSON.stringify(this.unkept));
    this.unkept = [];
    this.sql.exec(WINDOW_SQL.forgetHits, now - WINDOW_MS);
  }

  private inWindow(key: string, now: number): number[] {
    const times = this.timesOf(key);
    const from = times.findIndex((at) => at > now - WINDOW_MS);
    times.splice(0, from === -1 ? times.length : from);
    return times;
  }

  private timesOf(key: string): number[] {
    const times = this.byKey.get(key) ?? [];
    this.byKey.set(key, times);
    return times;
  }
}
