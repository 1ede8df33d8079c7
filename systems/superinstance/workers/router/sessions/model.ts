import * as v from "valibot";

import { isObject, jsonFault, type Json } from "#lib/json";
import { described, object, parameters, text, wholeNumber } from "#lib/schema";
import { MESSAGES_A_PAGE, MOST_CHARACTERS, ROLES, SESSIONS_A_PAGE, type Place } from "../../session_state/api";
import { CONTEXT_ENTRIES, SESSION_ID } from "../escalate/model";

const MOST_LEVELS = 8;
const MESSAGE_ID = "1 to 128 visible ASCII characters that do not begin with query: or answer:";
const CONTENT = `text of 1 to ${MOST_CHARACTERS} characters`;
const TITLE = "one line of 1 to 200 characters";
const MODEL = "the name of a model, or null";
const CONTEXT = "an object; `null` takes a field away";
const CURSOR = "what the page before said as next";

/** Bytes that the body of a change may have that adds no message. */
export const CHANGE_BYTES = 65_536;

/** Which session. */
export const WHICH = object({ session_id: SESSION_ID });

/** Query of `GET /v1/sessions/get`. */
export const GET_QUERY = parameters({
  session_id: SESSION_ID,
  limit: v.optional(wholeNumber(1, MESSAGES_A_PAGE.most)),
  before: v.optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
});

/** Query of `GET /v1/sessions/list`. */
export const LIST_QUERY = parameters({
  limit: v.optional(wholeNumber(1, SESSIONS_A_PAGE.most)),
  cursor: v.optional(
    v.pipe(described(v.string(CURSOR), { type: "string" }), v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const place = placeOf(dataset.value);
      if (place !== undefined) return place;
      addIssue({ message: CURSOR });
      return NEVER;
    })),
  ),
});

/** Body of `POST /v1/sessions/add-message`. */
export const ADD_MESSAGE = object({
  session_id: v.optional(SESSION_ID),
  // Questions and answers of calls have these two before their request_id.
  message_id: v.optional(text(/^(?!query:|answer:)[\x21-\x7e]{1,128}$/, MESSAGE_ID)),
  role: v.optional(v.picklist(ROLES, `one of ${ROLES.join(", ")}`), "user"),
  content: v.pipe(v.string(CONTENT), v.minLength(1, CONTENT), v.maxLength(MOST_CHARACTERS, CONTENT)),
});

/** A patch of a context: what questions know by itself has to be of its form there too. */
const PATCH = described(
  v.pipe(
    // A list would do for an object without fields.
    described(v.custom<Record<string, unknown>>(isObject, CONTEXT), { type: "object" }),
    v.looseObject(
      {
        pathos_framing: v.nullish(CONTEXT_ENTRIES.pathos_framing),
        local_knowledge: v.nullish(CONTEXT_ENTRIES.local_knowledge),
        constraints: v.nullish(CONTEXT_ENTRIES.constraints),
      },
      CONTEXT,
    ),
    v.check(
      (value) => jsonFault(value as Json, MOST_LEVELS) === undefined,
      `at most ${MOST_LEVELS} levels deep and free of reserved names`,
    ),
  ),
  { type: "object" },
);

/** Body of `POST /v1/sessions/update-context`. */
export const UPDATE_CONTEXT = object({
  session_id: SESSION_ID,
  context: v.optional(PATCH),
  title: v.optional(text(/^(?!\s*$)[^\p{Cc}]{1,200}$/u, TITLE)),
  model_preference: v.optional(v.nullable(text(/^[\x21-\x7e]{1,128}$/, MODEL))),
});

/** Return *place* as a caller gives it back. */
export function cursorOf({ updatedAt, sessionId }: Place): string {
  return btoa(`${updatedAt} ${sessionId}`).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function placeOf(cursor: string): Place | undefined {
  const [, updatedAt, sessionId] = /^(\d{1,15}) ([\x21-\x7e]{1,128})$/.exec(decoded(cursor)) ?? [];
  return sessionId === undefined ? undefined : { updatedAt: Number(updatedAt), sessionId };
}

function decoded(cursor: string): string {
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
