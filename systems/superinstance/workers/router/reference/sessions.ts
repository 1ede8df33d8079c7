import * as v from "valibot";

import type { Operation } from "#lib/openapi";
import { CONTEXT_BYTES, MESSAGES_A_PAGE, SESSIONS_A_PAGE } from "../../session_state/api";

const count = v.pipe(v.number(), v.integer());
/** Refusals of what asks no model; 503 with *unavailable* as well. */
export function counted(unavailable: readonly string[]): Record<number, readonly string[]> {
  return { 429: ["rate_limited"], 503: ["keys_unavailable", "key_unreadable", "journal_unavailable", ...unavailable] };
}

const UNAVAILABLE = counted(["sessions_unavailable"]);
const ABSENT = { 404: ["session_not_found"], ...UNAVAILABLE };
const WHICH = { session_id: "trip-to-oslo" };

const SUMMARY = {
  session_id: v.string(),
  user_id: v.string(),
  title: v.nullable(v.string()),
  context: v.record(v.string(), v.unknown()),
  model_preference: v.nullable(v.string()),
  message_count: count,
  dropped_messages: count,
  created_at: v.string(),
  updated_at: v.string(),
};

const MESSAGE = v.strictObject({
  message_id: v.string(),
  number: count,
  role: v.string(),
  content: v.string(),
  created_at: v.string(),
});

/** A session without its messages. */
export const SESSION_SUMMARY = v.strictObject(SUMMARY);
/** A session with a page of them. */
export const SESSION = v.strictObject({ ...SUMMARY, messages: v.array(MESSAGE), earlier: v.nullable(count) });
export const LISTED = v.strictObject({ sessions: v.array(SESSION_SUMMARY), next: v.nullable(v.string()) });
export const ADDED = v.strictObject({ added: v.boolean(), message: MESSAGE, session: SESSION_SUMMARY });
export const DELETED = v.strictObject({ session_id: v.string(), deleted: v.literal(true) });

/** What the reference says of the addresses of sessions. */
export const SESSIONS: Record<string, Operation> = {
  "GET /v1/sessions/list": {
    summary: "Return the sessions of the account, the one that changed last first, without their messages.",
    more: `A page has ${SESSIONS_A_PAGE.usual} of them unless \`limit\` says another number up to ${SESSIONS_A_PAGE.most}. \`next\` is the \`cursor\` of the next page.`,
    answers: { 200: { what: "A page of sessions", schema: LISTED } },
    refusals: UNAVAILABLE,
    example: { query: { limit: "20" } },
  },
  "GET /v1/sessions/get": {
    summary: "Return a session with its newest messages.",
    more:
      `A page has ${MESSAGES_A_PAGE.usual} messages unless \`limit\` says another number up to ${MESSAGES_A_PAGE.most}, and ends after 4 MB. ` +
      "`earlier` is the `before` of the messages before them.",
    answers: { 200: { what: "The session", schema: SESSION } },
    refusals: ABSENT,
    example: { query: WHICH },
  },
  "POST /v1/sessions/add-message": {
    summary: "Add a message to a session, which begins with it where it is not there.",
    more:
      "The same `message_id` is added once: send it again where no answer came (200 then, not 201). Without `session_id` or `message_id` " +
      "they are made. Beyond 1,000 messages or 8 MB the oldest go, and `dropped_messages` says how many. The first message of the user is the title.",
    answers: {
      200: { what: "It was there", schema: ADDED },
      201: { what: "It was added", schema: ADDED },
    },
    refusals: { 409: ["message_id_reused", "too_many_sessions"], 413: ["message_too_large"], ...UNAVAILABLE },
    example: { body: { ...WHICH, message_id: "m-1", role: "user", content: "When does the train to Oslo leave?" } },
  },
  "POST /v1/sessions/update-context": {
    summary: "Change what is known of a session beside its messages; one that is not there begins with it.",
    more:
      `\`context\` is a JSON Merge Patch (RFC 7396): what is \`null\` goes, what is not named stays; all of it has at most ${CONTEXT_BYTES} bytes. ` +
      "`pathos_framing`, `local_knowledge` and `constraints` in it count for every question of the session that has none of its own.",
    answers: { 200: { what: "The session, without its messages", schema: SESSION_SUMMARY } },
    refusals: { 409: ["too_many_sessions"], 413: ["context_too_large"], ...UNAVAILABLE },
    example: { body: { ...WHICH, context: { constraints: ["in kilometres"] }, model_preference: "claude-sonnet" } },
  },
  "POST /v1/sessions/delete": {
    summary: "Delete a session with all it has.",
    answers: { 200: { what: "It is gone", schema: DELETED } },
    refusals: ABSENT,
    example: { body: WHICH },
  },
  "POST /v1/sessions/clear": {
    summary: "Delete the messages of a session, and the title that came from them. Its context stays.",
    answers: { 200: { what: "The session, without its messages", schema: SESSION_SUMMARY } },
    refusals: ABSENT,
    example: { body: WHICH },
  },
};
