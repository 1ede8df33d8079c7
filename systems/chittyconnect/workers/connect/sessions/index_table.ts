import type { Owners } from "#lib/bearer";
import { describeError, log } from "#lib/log";
import { ownedBy } from "../owners";
import type { Session, StoreName } from "./model";

/** A session as a list shows it: without its state, which only its store knows. */
export interface SessionEntry {
  sessionId: string;
  chittyId: string;
  store: StoreName;
  createdAt: string;
  expiresAt: string;
}

/** Which part of a list: at most *limit* entries after *cursor*. */
export interface Page {
  limit: number;
  cursor?: string | undefined;
}

// As many rows of sessions that are over go with each new row: the table cannot grow old.
const SWEEP = 20;

const UPSERT = `
  INSERT INTO session_index (session_id, chitty_id, store, created_at, expires_at)
  VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (session_id) DO UPDATE SET
    chitty_id = ?2, store = ?3, created_at = ?4, expires_at = ?5, revision = 0, changed_at = ''`;

const FORGET = `
  DELETE FROM session_index WHERE session_id IN
    (SELECT session_id FROM session_index WHERE expires_at <= ?1 LIMIT ${SWEEP})`;

const LIST = `
  SELECT session_id AS sessionId, chitty_id AS chittyId, store,
         created_at AS createdAt, expires_at AS expiresAt
  FROM session_index WHERE expires_at > ? AND session_id > ?`;

const HOLDER = "SELECT store FROM session_index WHERE session_id = ?1 AND expires_at > ?2";

const COUNT = "SELECT store, COUNT(*) AS sessions FROM session_index WHERE expires_at > ?";

/**
 * Which sessions there are, in D1: neither store can list by owner with strong consistency.
 *
 * The stores stay the truth. An object writes by its alarm what could not be written at once; rows of
 * sessions in KV are written by `SessionRevisions`.
 */
export class SessionIndex {
  constructor(
    private readonly db: D1Database,
    private readonly now: () => number,
  ) {}

  /** Who holds a session that is not over, as far as is known. A failure is logged. */
  async holder(sessionId: string): Promise<StoreName | undefined> {
    try {
      const row = await this.db.prepare(HOLDER).bind(sessionId, this.time()).first<{ store: StoreName }>();
      return row?.store;
    } catch (error) {
      log("warn", "session_index_unavailable", describeError(error));
      return undefined;
    }
  }

  /** Write the row of *session*, which an object holds, and remove some of those that are over. */
  async write(session: Session): Promise<void> {
    const { sessionId, chittyId, store, createdAt, expiresAt } = session;
    await this.db.batch([
      this.db.prepare(FORGET).bind(this.time()),
      this.db.prepare(UPSERT).bind(sessionId, chittyId, store, createdAt, expiresAt),
    ]);
  }

  /** Remove some rows of sessions that are over. */
  async sweep(): Promise<void> {
    await this.db.prepare(FORGET).bind(this.time()).run();
  }

  /** Remove the row of a session. */
  async erase(sessionId: string): Promise<void> {
    await this.db.prepare("DELETE FROM session_index WHERE session_id = ?1").bind(sessionId).run();
  }

  /** Sessions of *owners* that are not over, or of one of them, by id. */
  async list(owners: Owners, chittyId: string | undefined, page: Page): Promise<SessionEntry[]> {
    const owned = ownedBy(owners, chittyId);
    const sql = `${LIST} AND ${owned.sql} ORDER BY session_id LIMIT ?`;
    const values = [this.time(), page.cursor ?? "", ...owned.values, page.limit];
    const { results } = await this.db.prepare(sql).bind(...values).all<SessionEntry>();
    return results;
  }

  /** How many sessions of *owners* each store holds. */
  async count(owners: Owners): Promise<Record<StoreName, number>> {
    const owned = ownedBy(owners);
    const { results } = await this.db
      .prepare(`${COUNT} AND ${owned.sql} GROUP BY store`)
      .bind(this.time(), ...owned.values)
      .all<{ store: StoreName; sessions: number }>();
    const counts = { durable_object: 0, kv: 0 };
    for (const row of results) counts[row.store] = row.sessions;
    return counts;
  }

  private time(): string {
    return new Date(this.now()).toISOString();
  }
}
