/**
 * What the entrypoint `Sessions` of the worker answers to the workers that are bound to it, as method calls.
 *
 * The user is whoever the caller vouches for: an account, which API keys belong to. Nobody's sessions are looked at for
 * another. Refusals are values; what is thrown is an outage, and the same may be asked again.
 */
export interface SessionsApi {
  /** Return a session with its newest messages; of those, the page that ends before the number *before*. */
  get(userId: string, sessionId: string, page?: MessagePage): Promise<Session | "absent">;
  /** Add a message. A session that is not there begins with it. */
  addMessage(userId: string, sessionId: string, message: NewMessage): Promise<Added | Refused>;
  /** Change what is known of a session beside its messages. One that is not there begins with it. */
  updateContext(userId: string, sessionId: string, change: Change): Promise<Summary | Refused>;
  /** Return sessions, the one that changed last first. */
  list(userId: string, page?: SessionPage): Promise<Listed>;
  /** Delete a session with all it has; `false` when there is none. */
  delete(userId: string, sessionId: string): Promise<boolean>;
  /** Delete the messages of a session, and the title that came from them; its context stays. */
  clear(userId: string, sessionId: string): Promise<Summary | "absent">;
  /** Return what a model has to know of a session before it answers the request *requestId*, which is left out. */
  recall(userId: string, sessionId: string, requestId: string): Promise<Recalled>;
  /** Add what was asked and what was answered, together. Done again it takes the place of what it was. */
  remember(userId: string, sessionId: string, turn: Turn): Promise<"remembered" | Refused>;
}

/** Who says something in a session. */
export const ROLES = ["user", "assistant", "system"] as const;
export type Role = (typeof ROLES)[number];

/** Characters that a message may have, which are at most 1.2 MB: as many as a question. */
export const MOST_CHARACTERS = 400_000;
/** Bytes of JSON that the context of a session may have. */
export const CONTEXT_BYTES = 16_384;
/** Bytes that the messages of a session may have together: beyond that the oldest go. */
export const SESSION_BYTES = 8_000_000;
/** Messages of one page at most, and unless another number is asked for. */
export const MESSAGES_A_PAGE = { most: 1_000, usual: 100 } as const;
/** Sessions of one page. */
export const SESSIONS_A_PAGE = { most: 100, usual: 50 } as const;

/** JSON, as method calls carry it. */
export type Context = Record<string, unknown>;

export interface Message {
  message_id: string;
  /** Its place: messages are numbered from 1 on, each session for itself. */
  number: number;
  role: Role;
  content: string;
  created_at: string;
}

/** What is known of a session beside its messages. */
export interface Summary {
  session_id: string;
  user_id: string;
  /** Of the first message of its user, unless it was given one. `null`: there is neither. */
  title: string | null;
  context: Context;
  model_preference: string | null;
  message_count: number;
  /** Messages that had to go for newer ones, the oldest first. */
  dropped_messages: number;
  created_at: string;
  updated_at: string;
}

export interface Session extends Summary {
  /** In their order. */
  messages: Message[];
  /** What to give as `before` for the messages before these. `null`: there are none. */
  earlier: number | null;
}

/** Which messages: at most *limit* of those before the number *before*; 4 MB of them end a page as well. */
export interface MessagePage {
  limit?: number;
  before?: number;
}

/** Where a page of sessions begins: after this one. */
export interface Place {
  updatedAt: number;
  sessionId: string;
}

export interface SessionPage {
  limit?: number;
  after?: Place;
}

export interface Listed {
  sessions: Summary[];
  /** Where the next page begins. `null`: there is none. */
  next: Place | null;
}

export interface NewMessage {
  /** What has the same is added once. */
  messageId: string;
  role: Role;
  content: string;
}

export interface Added {
  /** `false`: it was there. */
  added: boolean;
  message: Message;
  session: Summary;
}

/** What changes; what is left out stays. */
export interface Change {
  /** A JSON Merge Patch (RFC 7396) of the context. */
  context?: Context;
  title?: string;
  /** `null`: none any more. */
  modelPreference?: string | null;
}

/** Why nothing was changed. */
export type Refused =
  /** The user has as many sessions as there may be. */
  | { refused: "too_many_sessions"; most: number }
  /** The id is that of a message that says something else. */
  | { refused: "message_id_reused" }
  | { refused: "message_too_large"; most: number }
  | { refused: "context_too_large"; most: number }
  /** It was deleted or cleared since it was recalled. */
  | { refused: "session_gone" };

/** What a session says before something else is asked. */
export interface Recalled {
  /** Tells the session from one that is made under its id later, and from itself before it was cleared; also where it is not there. */
  incarnation: string;
  messages: { role: Role; content: string }[];
  context: Context;
  modelPreference: string | null;
  /** Why it could not begin. `null`: it is there, or can. */
  refused: Refused | null;
}

export interface Turn {
  /** What it answers: the same one is remembered once. */
  requestId: string;
  query: string;
  answer: string;
  /** What the caller wanted. `undefined`: nothing, and what was wanted before stays. */
  modelPreference?: string;
  /** Of the session that was recalled. `null`: of a router of before, which says nothing where it was not there. */
  incarnation: string | null;
}
