import { SESSION_BYTES, type NewMessage, type Place } from "../api";
import { titleOf } from "../title";
import { newSession, type MessageRow, type SessionRow, type SizeRow } from "./rows";
import { LATER_TABLES, SQL, TABLES } from "./tables";

const FIND_TABLES = "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'owner'";
/** Rows looked at in one go while there is too much. */
const A_LOOK = 100;
/** Endings that are known: of a question that began before all of them, nobody can say whether its session has ended. */
const MOST_ENDINGS = 1_000;

/** The part of an object's storage that is used here. */
export type StoreStorage = Pick<DurableObjectStorage, "sql" | "transactionSync">;

/** How much a store takes. */
export interface Caps {
  sessions: number;
  messages: number;
}

type Value = string | number | null;

/**
 * The sessions of one user. What a method writes is one transaction; a user without a session stores nothing.
 *
 * Storage is synchronous: what comes at the same time is written one after the other, and none of it between the
 * reading and the writing of another.
 */
export class Store {
  private isOpen: boolean;

  constructor(
    private readonly storage: StoreStorage,
    private readonly caps: Caps,
  ) {
    this.isOpen = this.rows(FIND_TABLES).length > 0;
    if (this.isOpen) this.storage.sql.exec(LATER_TABLES);
  }

  /** Whose sessions these are; `undefined` before the first. */
  get userId(): string | undefined {
    return this.owner?.user_id;
  }

  /** Whether another session may begin. */
  get hasRoom(): boolean {
    return (this.owner?.sessions ?? 0) < this.caps.sessions;
  }

  find(sessionId: string): SessionRow | undefined {
    return this.isOpen ? this.rows<SessionRow>(SQL.session, sessionId)[0] : undefined;
  }

  /** Return sessions after *place*, the one that changed last first. */
  list(place: Place, limit: number): SessionRow[] {
    return this.isOpen ? this.rows<SessionRow>(SQL.listed, place.updatedAt, place.sessionId, limit) : [];
  }

  /** Return the session, begun at *now* where it was not there; `undefined` where there is no room for it. */
  begin(userId: string, sessionId: string, now: number): SessionRow | undefined {
    const known = this.find(sessionId);
    if (known !== undefined || !this.hasRoom) return known;
    this.open(userId);
    this.rows(SQL.countSession, 1);
    const begun = newSession(sessionId, now);
    this.keep(begun);
    return begun;
  }

  keep(row: SessionRow): void {
    const { session_id, incarnation, title, is_title_given, context, model_preference } = row;
    const counted = [row.last_number, row.message_count, row.message_bytes, row.dropped_messages];
    const times = [row.created_at, row.updated_at];
    this.rows(SQL.keepSession, session_id, incarnation, title, is_title_given, context, model_preference, ...counted, ...times);
  }

  /** How often a session has ended so far: was deleted or cleared. */
  get endings(): number {
    return this.isOpen ? (this.rows<{ number: number }>(SQL.lastEnding)[0]?.number ?? 0) : 0;
  }

  /** Whether the session has ended after so many *endings*, or may have. */
  hasEnded(sessionId: string, endings: number): boolean {
    if (endings < this.endings - MOST_ENDINGS) return true;
    return this.isOpen && this.rows(SQL.endingAfter, sessionId, endings).length > 0;
  }

  delete(sessionId: string): void {
    this.noteEnding(sessionId);
    this.rows(SQL.deleteUpTo, sessionId, Number.MAX_SAFE_INTEGER);
    this.rows(SQL.deleteSession, sessionId);
    this.rows(SQL.countSession, -1);
  }

  /** Delete the messages of *session*, and the title that came from them. */
  clear(session: SessionRow, now: number): SessionRow {
    this.noteEnding(session.session_id);
    this.rows(SQL.deleteUpTo, session.session_id, Number.MAX_SAFE_INTEGER);
    const title = session.is_title_given === 1 ? session.title : null;
    const none = { message_count: 0, message_bytes: 0, dropped_messages: 0 };
    const cleared = { ...session, ...none, title, incarnation: crypto.randomUUID(), updated_at: now };
    this.keep(cleared);
    return cleared;
  }

  message(sessionId: string, messageId: string): MessageRow | undefined {
    return this.rows<MessageRow>(SQL.message, sessionId, messageId)[0];
  }

  /** Add a message at the end of *session*, and drop the oldest where there is too much; return the session as it is then. */
  add(session: SessionRow, { messageId, role, content }: NewMessage, now: number): SessionRow {
    const bytes = bytesOf(content);
    const number = session.last_number + 1;
    this.rows(SQL.addMessage, session.session_id, number, messageId, role, bytes, now, content);
    const changed = {
      ...session,
      title: session.title ?? (role === "user" ? titleOf(content) : null),
      last_number: number,
      message_count: session.message_count + 1,
      message_bytes: session.message_bytes + bytes,
      updated_at: now,
    };
    const kept = this.fitted(changed);
    this.keep(kept);
    return kept;
  }

  /** Have *known* say something else, where it stands. */
  rewrite(session: SessionRow, known: MessageRow, content: string, now: number): SessionRow {
    const bytes = bytesOf(content);
    this.rows(SQL.rewriteMessage, content, bytes, now, session.session_id, known.message_id);
    const kept = this.fitted({ ...session, message_bytes: session.message_bytes + bytes - known.bytes, updated_at: now });
    this.keep(kept);
    return kept;
  }

  /** Return how large the messages before the number *before* are, the last one first. */
  sizes(sessionId: string, before: number, limit: number): SizeRow[] {
    return this.rows<SizeRow>(SQL.sizesBefore, sessionId, before, limit);
  }

  /** Return messages from the number *from* on, up to and without *before*. */
  messages(sessionId: string, from: number, before: number): MessageRow[] {
    return this.rows<MessageRow>(SQL.between, sessionId, from, before);
  }

  /** Run *act* as one transaction. */
  change<T>(act: () => T): T {
    const wasOpen = this.isOpen;
    try {
      return this.storage.transactionSync(act);
    } catch (error) {
      this.isOpen = wasOpen;
      throw error;
    }
  }

  /** Drop the oldest messages until the rest is as much as there may be. The newest stays in any case. */
  private fitted(session: SessionRow): SessionRow {
    let { message_count: count, message_bytes: bytes, dropped_messages: dropped } = session;
    while (count > 1 && this.isTooMuch(count, bytes)) {
      let last = 0;
      for (const { number, bytes: size } of this.rows<SizeRow>(SQL.oldest, session.session_id, Math.min(A_LOOK, count - 1))) {
        if (!this.isTooMuch(count, bytes)) break;
        last = number;
        [count, bytes, dropped] = [count - 1, bytes - size, dropped + 1];
      }
      this.rows(SQL.deleteUpTo, session.session_id, last);
    }
    return { ...session, message_count: count, message_bytes: bytes, dropped_messages: dropped };
  }

  private isTooMuch(count: number, bytes: number): boolean {
    return count > this.caps.messages || bytes > SESSION_BYTES;
  }

  private noteEnding(sessionId: string): void {
    const number = this.endings + 1;
    this.rows(SQL.addEnding, number, sessionId);
    this.rows(SQL.forgetEndings, number - MOST_ENDINGS);
  }

  private open(userId: string): void {
    if (this.isOpen) return;
    this.storage.sql.exec(TABLES + LATER_TABLES);
    this.rows(SQL.open, userId);
    this.isOpen = true;
  }

  private get owner(): { user_id: string; sessions: number } | undefined {
    return this.isOpen ? this.rows<{ user_id: string; sessions: number }>(SQL.owner)[0] : undefined;
  }

  private rows<Row>(sql: string, ...values: Value[]): Row[] {
    return this.storage.sql.exec(sql, ...values).toArray() as Row[];
  }
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).byteLength;
}
