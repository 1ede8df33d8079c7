import { CopiedObject } from "#lib/backup/copied_object";
import { refusePart } from "#lib/backup/object_copy";
import { CLOCK } from "#lib/clock";
import { jsonBytes, mergePatch, type JsonObject } from "#lib/json";
import {
  CONTEXT_BYTES,
  MESSAGES_A_PAGE,
  MOST_CHARACTERS,
  SESSIONS_A_PAGE,
  type Added,
  type Change,
  type Listed,
  type MessagePage,
  type NewMessage,
  type Recalled,
  type Refused,
  type Session,
  type SessionPage,
  type SessionsApi,
  type Summary,
  type Turn,
} from "./api";
import { messagesPerSession, recalledMessages, sessionsPerUser } from "./config";
import type { Env } from "./env";
import { fitting } from "./page";
import { contextOf, messageOf, summaryOf, type MessageRow, type SessionRow } from "./store/rows";
import { Store } from "./store/store";
import { MEND } from "./store/tables";

/** Bytes of messages that an answer has: a method call carries 32 MiB. */
const PAGE_BYTES = 4_000_000;
/** Bytes of messages that a model is told, which is some 50,000 tokens of English. */
const RECALLED_BYTES = 200_000;
/** How the incarnation begins of a session that is not there, before how many have ended so far. */
const ABSENT = "absent ";
const AFTER_ALL = { updatedAt: Number.MAX_SAFE_INTEGER, sessionId: "" };

/** The sessions of one user: its object's name is the user's id. */
export class SessionState extends CopiedObject<Env> implements SessionsApi {
  protected override readonly kept = { growing: "messages" };
  private store: Store;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.store = this.open();
  }

  get(userId: string, sessionId: string, { limit = MESSAGES_A_PAGE.usual, before = Number.MAX_SAFE_INTEGER }: MessagePage = {}): Promise<Session | "absent"> {
    return this.answer(userId, () => {
      const session = this.store.find(sessionId);
      if (session === undefined) return "absent";
      const sizes = this.store.sizes(sessionId, before, limit + 1);
      const shown = fitting(sizes.slice(0, limit), PAGE_BYTES);
      const first = shown.at(-1)?.number ?? before;
      const messages = this.store.messages(sessionId, first, before).map(messageOf);
      return { ...summaryOf(session, userId), messages, earlier: shown.length < sizes.length ? first : null };
    });
  }

  addMessage(userId: string, sessionId: string, given: NewMessage): Promise<Added | Refused> {
    return this.answer(userId, () => {
      const message = { ...given, content: wellFormed(given.content) };
      if (message.content.length > MOST_CHARACTERS) return { refused: "message_too_large", most: MOST_CHARACTERS };
      const session = this.store.begin(userId, sessionId, CLOCK.now());
      if (session === undefined) return this.noRoom();
      const known = this.store.message(sessionId, message.messageId);
      if (known !== undefined) return alreadyThere(session, known, message, userId);
      const changed = this.store.add(session, message, CLOCK.now());
      const added = this.store.message(sessionId, message.messageId);
      if (added === undefined) throw new Error("a message is not there that was added");
      return { added: true, message: messageOf(added), session: summaryOf(changed, userId) };
    });
  }

  updateContext(userId: string, sessionId: string, change: Change): Promise<Summary | Refused> {
    return this.answer(userId, () => {
      const known = this.store.find(sessionId);
      const patch = (change.context ?? {}) as JsonObject;
      const context = mergePatch(known === undefined ? {} : (contextOf(known) as JsonObject), patch);
      if (jsonBytes(context) > CONTEXT_BYTES) return { refused: "context_too_large", most: CONTEXT_BYTES };
      const session = this.store.begin(userId, sessionId, CLOCK.now());
      if (session === undefined) return this.noRoom();
      const changed = { ...session, ...titled(change), context: JSON.stringify(context), updated_at: CLOCK.now() };
      if (change.modelPreference !== undefined) changed.model_preference = change.modelPreference;
      this.store.keep(changed);
      return summaryOf(changed, userId);
    });
  }

  list(userId: string, { limit = SESSIONS_A_PAGE.usual, after = AFTER_ALL }: SessionPage = {}): Promise<Listed> {
    return this.answer(userId, () => {
      const found = this.store.list(after, limit + 1);
      const shown = found.slice(0, limit);
      const last = found.length > limit ? shown.at(-1) : undefined;
      const next = last === undefined ? null : { updatedAt: last.updated_at, sessionId: last.session_id };
      return { sessions: shown.map((row) => summaryOf(row, userId)), next };
    });
  }

  delete(userId: string, sessionId: string): Promise<boolean> {
    return this.answer(userId, () => {
      if (this.store.find(sessionId) === undefined) return false;
      this.store.delete(sessionId);
      return true;
    });
  }

  clear(userId: string, sessionId: string): Promise<Summary | "absent"> {
    return this.answer(userId, () => {
      const session = this.store.find(sessionId);
      return session === undefined ? "absent" : summaryOf(this.store.clear(session, CLOCK.now()), userId);
    });
  }

  recall(userId: string, sessionId: string, requestId: string): Promise<Recalled> {
    return this.answer(userId, () => {
      const session = this.store.find(sessionId);
      if (session === undefined) {
        const refused = this.store.hasRoom ? null : this.noRoom();
        return { incarnation: ABSENT + String(this.store.endings), messages: [], context: {}, modelPreference: null, refused };
      }
      const { incarnation, model_preference } = session;
      const messages = this.told(sessionId, requestId);
      return { incarnation, messages, context: contextOf(session), modelPreference: model_preference, refused: null };
    });
  }

  remember(userId: string, sessionId: string, turn: Turn): Promise<"remembered" | Refused> {
    return this.answer(userId, () => {
      const { requestId, query, answer, incarnation, modelPreference } = turn;
      if (Math.max(query.length, answer.length) > MOST_CHARACTERS) return { refused: "message_too_large", most: MOST_CHARACTERS };
      if (this.isGone(sessionId, incarnation)) return { refused: "session_gone" };
      const begun = this.store.begin(userId, sessionId, CLOCK.now());
      if (begun === undefined) return this.noRoom();
      const session = modelPreference === undefined ? begun : { ...begun, model_preference: modelPreference };
      const asked = this.put(session, { messageId: idOf(requestId, "query"), role: "user", content: wellFormed(query) });
      this.put(asked, { messageId: idOf(requestId, "answer"), role: "assistant", content: wellFormed(answer) });
      return "remembered";
    });
  }

  protected override copiedAs(): string | undefined {
    return this.store.userId;
  }

  /** Messages are read after the sessions that count them: what was said meanwhile is in none. */
  protected override mend(): void {
    this.ctx.storage.sql.exec(MEND);
  }

  protected override begin(): void {
    this.store = this.open();
  }

  private open(): Store {
    return new Store(this.ctx.storage, { sessions: sessionsPerUser(this.env), messages: messagesPerSession(this.env) });
  }

  /** Whether the session was deleted or cleared since it was recalled as *incarnation*, or since it was found to be absent. */
  private isGone(sessionId: string, incarnation: string | null): boolean {
    if (incarnation === null) return false;
    if (incarnation.startsWith(ABSENT)) return this.store.hasEnded(sessionId, Number(incarnation.slice(ABSENT.length)));
    return this.store.find(sessionId)?.incarnation !== incarnation;
  }

  /** The messages that a model is told, in their order: as many of the newest as fit, and none of the request itself. */
  private told(sessionId: string, requestId: string): Recalled["messages"] {
    const own = [idOf(requestId, "query"), idOf(requestId, "answer")];
    const limit = recalledMessages(this.env);
    const sizes = this.store.sizes(sessionId, Number.MAX_SAFE_INTEGER, limit + own.length);
    const told = fitting(sizes.filter(({ message_id }) => !own.includes(message_id)).slice(0, limit), RECALLED_BYTES, "all fit");
    const first = told.at(-1)?.number;
    if (first === undefined) return [];
    const rows = this.store.messages(sessionId, first, Number.MAX_SAFE_INTEGER);
    return rows.filter(({ message_id }) => !own.includes(message_id)).map(({ role, content }) => ({ role, content }));
  }

  private put(session: SessionRow, message: NewMessage): SessionRow {
    const known = this.store.message(session.session_id, message.messageId);
    if (known === undefined) return this.store.add(session, message, CLOCK.now());
    return this.store.rewrite(session, known, message.content, CLOCK.now());
  }

  private noRoom(): Refused {
    return { refused: "too_many_sessions", most: sessionsPerUser(this.env) };
  }

  /** Run *act* for the user whose sessions these are: all that it writes, or nothing. */
  private answer<T>(userId: string, act: () => T): Promise<T> {
    return new Promise((resolve) => {
      refusePart(this.ctx.storage);
      const owner = this.store.userId;
      if (owner !== undefined && owner !== userId) throw new Error("these are the sessions of somebody else");
      resolve(this.store.change(act));
    });
  }
}

/** Id of one half of a turn. */
function idOf(requestId: string, half: "query" | "answer"): string {
  return `${half}:${requestId}`;
}

function titled({ title }: Change): Partial<SessionRow> {
  return title === undefined ? {} : { title, is_title_given: 1 };
}

function alreadyThere(session: SessionRow, known: MessageRow, { role, content }: NewMessage, userId: string): Added | Refused {
  if (known.role !== role || known.content !== content) return { refused: "message_id_reused" };
  return { added: false, message: messageOf(known), session: summaryOf(session, userId) };
}

/** Return *text* as SQLite keeps it: half a character is none. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
