import type { Context, Message, Role, Summary } from "../api";

/** A session as it is stored. */
export interface SessionRow {
  session_id: string;
  incarnation: string;
  title: string | null;
  is_title_given: number;
  context: string;
  model_preference: string | null;
  last_number: number;
  message_count: number;
  message_bytes: number;
  dropped_messages: number;
  created_at: number;
  updated_at: number;
}

/** A message as it is stored. */
export interface MessageRow {
  number: number;
  message_id: string;
  role: Role;
  bytes: number;
  created_at: number;
  content: string;
}

/** How large a message is, and which. */
export type SizeRow = Pick<MessageRow, "number" | "bytes" | "message_id">;

/** Return a session that begins at *now*. */
export function newSession(sessionId: string, now: number): SessionRow {
  return {
    session_id: sessionId,
    incarnation: crypto.randomUUID(),
    title: null,
    is_title_given: 0,
    context: "{}",
    model_preference: null,
    last_number: 0,
    message_count: 0,
    message_bytes: 0,
    dropped_messages: 0,
    created_at: now,
    updated_at: now,
  };
}

/** Return what callers see of *row*. */
export function summaryOf(row: SessionRow, userId: string): Summary {
  const { session_id, title, model_preference, message_count, dropped_messages, created_at, updated_at } = row;
  return {
    session_id,
    user_id: userId,
    title,
    context: contextOf(row),
    model_preference,
    message_count,
    dropped_messages,
    created_at: timeOf(created_at),
    updated_at: timeOf(updated_at),
  };
}

/** Return what callers see of a message. */
export function messageOf({ message_id, number, role, content, created_at }: MessageRow): Message {
  return { message_id, number, role, content, created_at: timeOf(created_at) };
}

/** Return the context of a session. */
export function contextOf({ context }: SessionRow): Context {
  return JSON.parse(context) as Context;
}

function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
