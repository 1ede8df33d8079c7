import * as v from "valibot";

import { object, text, wholeNumber } from "#lib/schema";
import type { Question } from "../providers/provider";

const MOST_CHARACTERS = 400_000;
const MOST_PIECES = 200;
const MOST_TOKENS = 1_000_000;
const DEFAULT_TOKENS = 1_024;

/** Bytes that a body may have. */
export const BODY_BYTES = 4_000_000;

const WRITING = `text of 1 to ${MOST_CHARACTERS} characters`;
const PIECES = `text, or a list of at most ${MOST_PIECES} texts`;
const writing = v.pipe(v.string(WRITING), v.minLength(1, WRITING), v.maxLength(MOST_CHARACTERS, WRITING));
const pieces = v.union([writing, v.pipe(v.array(writing, PIECES), v.maxLength(MOST_PIECES, PIECES))], PIECES);

/** Id of a request, which the caller chooses: what has the same is answered and billed once. */
export const REQUEST_ID = text(/^[\x21-\x7e]{1,128}$/, "1 to 128 visible ASCII characters");

/** Id of a session, which its user chooses. */
export const SESSION_ID = text(/^[\x21-\x7e]{1,128}$/, "1 to 128 visible ASCII characters");

/** What a context may have, of a question or of the session that it belongs to. */
export const CONTEXT_ENTRIES = {
  /** How to see the matter. */
  pathos_framing: v.optional(writing),
  /** What is known where the question was asked. */
  local_knowledge: v.optional(pieces),
  /** What the answer has to keep to. */
  constraints: v.optional(pieces),
};
const CONTEXT = object(CONTEXT_ENTRIES);
const OF_A_SESSION = v.object(CONTEXT_ENTRIES);

/** Body of `POST /v1/escalate` and of `POST /v1/stream`. */
export const ESCALATION = object({
  request_id: REQUEST_ID,
  query: writing,
  max_tokens: v.optional(wholeNumber(1, MOST_TOKENS), DEFAULT_TOKENS),
  context: v.optional(CONTEXT, {}),
  model_preference: v.optional(text(/^[\x21-\x7e]{1,128}$/, "the name of a model, or auto")),
  session_id: v.optional(SESSION_ID),
});

export type Escalation = v.InferOutput<typeof ESCALATION>;

/** What was said before a question. */
interface Before {
  earlier: readonly { role: "user" | "assistant" | "system"; content: string }[];
  context: Partial<Escalation["context"]>;
}

/** Return what *context* of a session says that questions know; nothing, where it is of another form. */
export function sessionContext(context: unknown): Partial<Escalation["context"]> {
  const read = v.safeParse(OF_A_SESSION, context);
  return read.success ? read.output : {};
}

/** Return what a model is asked by *escalation*, after what was said before. Its own context goes before that of its session. */
export function questionOf({ query, max_tokens, context }: Escalation, { earlier, context: before }: Before): Question {
  const { pathos_framing, local_knowledge, constraints } = { ...before, ...context };
  const parts = [
    ...earlier.filter(({ role }) => role === "system").map(({ content }) => content),
    pathos_framing ?? "",
    section("What is known where the question was asked", local_knowledge),
    section("What the answer has to keep to", constraints),
  ];
  return { system: parts.filter(Boolean).join("\n\n"), earlier: earlier.filter(isTurn), query, maxTokens: max_tokens };
}

function isTurn(message: Before["earlier"][number]): message is Question["earlier"][number] {
  return message.role !== "system";
}

function section(heading: string, given: string | string[] | undefined): string {
  const texts = typeof given === "string" ? [given] : (given ?? []);
  if (texts.length === 0) return "";
  return [`${heading}:`, ...texts.map((each) => `- ${each}`)].join("\n");
}
