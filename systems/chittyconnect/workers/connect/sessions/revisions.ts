import type { Session } from "./model";

/**
 * After this, a revision that KV does not show was never written. KV shows a write everywhere within a
 * minute or little more, and nobody tries for longer than seconds.
 */
const LOST_AFTER_MS = 300_000;

const BEGIN = `
  INSERT INTO session_index (session_id, chitty_id, store, created_at, expires_at, revision, changed_at)
  VALUES (?1, ?2, 'kv', ?3, ?4, ?5, ?6)
  ON CONFLICT (session_id) DO UPDATE SET
    chitty_id = ?2, store = 'kv', created_at = ?3, expires_at = ?4, revision = ?5, changed_at = ?6
  WHERE expires_at <= ?6 OR changed_at <= ?7`;

// A lower revision than the one that was read: KV has it all the same, though its writer took it back.
const ADVANCE = `
  UPDATE session_index SET revision = ?3, expires_at = ?4, changed_at = ?5
  WHERE session_id = ?1 AND created_at = ?2 AND store = 'kv' AND (revision < ?3 OR changed_at <= ?6)`;

const TAKE_BACK = `
  UPDATE session_index SET revision = revision - 1, expires_at = ?4
  WHERE session_id = ?1 AND revision = ?2 AND changed_at = ?3`;

const FORGET = "DELETE FROM session_index WHERE session_id = ?1 AND revision = ?2 AND changed_at = ?3";

/** A revision that is announced: whoever announced it, and nobody else, may write it to KV. */
export interface Announced {
  sessionId: string;
  revision: number;
  changedAt: string;
}

/**
 * What sessions in KV are compared and set by: their rows in the index, in D1.
 *
 * KV has no such thing, and may show what it held a minute ago. A revision is announced here first,
 * by one statement that fits only the revision before it, and written to KV then. Who read an old
 * revision, or comes second, announces nothing.
 */
export class SessionRevisions {
  constructor(
    private readonly db: D1Database,
    private readonly now: () => number,
  ) {}

  /**
   * Announce the first revision of *session*, of which KV shows none. `undefined`: there is one.
   * The row of an object is no obstacle: it has no revision, and the object was asked.
   */
  begin(session: Session): Promise<Announced | undefined> {
    const { chittyId, createdAt, expiresAt } = session;
    return this.announce(session, (changedAt, lost) => [
      BEGIN,
      [session.sessionId, chittyId, createdAt, expiresAt, session.revision, changedAt, lost],
    ]);
  }

  /** Announce *next*, the revision after the one that was read. `undefined`: that is not the last one. */
  advance(next: Session): Promise<Announced | undefined> {
    return this.announce(next, (changedAt, lost) => [
      ADVANCE,
      [next.sessionId, next.createdAt, next.revision, next.expiresAt, changedAt, lost],
    ]);
  }

  /** Take back what KV refused, unless somebody has gone on from it: *session* is the last one again. */
  async takeBack(announced: Announced, session: Session): Promise<void> {
    const { sessionId, revision, changedAt } = announced;
    await this.db.prepare(TAKE_BACK).bind(sessionId, revision, changedAt, session.expiresAt).run();
  }

  /** Forget a session with what was announced last, unless somebody has gone on from it. */
  async forget({ sessionId, revision, changedAt }: Announced): Promise<void> {
    await this.db.prepare(FORGET).bind(sessionId, revision, changedAt).run();
  }

  private async announce(
    { sessionId, revision }: Session,
    statement: (changedAt: string, lost: string) => [string, (string | number)[]],
  ): Promise<Announced | undefined> {
    const changedAt = new Date(this.now()).toISOString();
    const [sql, values] = statement(changedAt, new Date(this.now() - LOST_AFTER_MS).toISOString());
    const { meta } = await this.db.prepare(sql).bind(...values).run();
    return meta.changes === 1 ? { sessionId, revision, changedAt } : undefined;
  }
}
