import { count, setting } from "#lib/variables";
import type { Env } from "./env";

const SESSIONS_PER_USER = count(1_000);
const MESSAGES_PER_SESSION = count(1_000);
const RECALLED_MESSAGES = count(40);

/** Sessions that a user may have. */
export function sessionsPerUser(env: Env): number {
  return setting(env, "SESSIONS_PER_USER", SESSIONS_PER_USER);
}

/** Messages that a session keeps. */
export function messagesPerSession(env: Env): number {
  return setting(env, "MESSAGES_PER_SESSION", MESSAGES_PER_SESSION);
}

/** Messages of a session that a model is told before it is asked something else. */
export function recalledMessages(env: Env): number {
  return setting(env, "RECALLED_MESSAGES", RECALLED_MESSAGES);
}
