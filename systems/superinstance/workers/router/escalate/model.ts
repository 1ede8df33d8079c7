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

const CONTEXT = object({
  /** How to see the matter. */
  pathos_framing: v.optional(writing),
  /** What is known where the question was asked. */
  local_knowledge: v.optional(pieces),
  /** What the answer has to keep to. */
  constraints: v.optional(pieces),
});

/** Body of `POST /v1/escalate` and of `POST /v1/stream`. */
export const ESCALATION = object({
  request_id: REQUEST_ID,
  query: writing,
  max_tokens: v.optional(wholeNumber(1, MOST_TOKENS), DEFAULT_TOKENS),
  context: v.optional(CONTEXT, {}),
  model_preference: v.optional(text(/^[\x21-\x7e]{1,128}$/, "the name of a model, or auto")),
  session_id: v.optional(text(/^[\x21-\x7e]{1,128}$/, "1 to 128 visible ASCII characters")),
});

export type Escalation = v.InferOutput<typeof ESCALATION>;

/** Return what a model is asked by *escalation*. */
export function questionOf({ query, max_tokens, context }: Escalation): Question {
  const { pathos_framing, local_knowledge, constraints } = context;
  const parts = [
    pathos_framing ?? "",
    section("What is known where the question was asked", local_knowledge),
    section("What the answer has to keep to", constraints),
  ];
  return { system: parts.filter(Boolean).join("\n\n"), query, maxTokens: max_tokens };
}

function section(heading: string, given: string | string[] | undefined): string {
  const texts = typeof given === "string" ? [given] : (given ?? []);
  if (texts.length === 0) return "";
  return [`${heading}:`, ...texts.map((each) => `- ${each}`)].join("\n");
}
