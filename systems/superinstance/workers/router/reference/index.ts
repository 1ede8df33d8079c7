import type { Operation, Reference } from "#lib/openapi";
import { EVENT_STREAM } from "../streams/answer";
import type { Env } from "../env";
import { ROUTES } from "../routes";
import * as answers from "./answers";
import { counted, SESSION, SESSION_SUMMARY, SESSIONS } from "./sessions";

const ASKED = {
  request_id: "q-2026-11-29-0001",
  query: "Why is the sky blue?",
  max_tokens: 500,
  context: { constraints: ["at most three sentences"] },
  model_preference: "claude-sonnet",
  session_id: "sky",
};
const MESSAGES = [{ role: "user", content: "Why is the sky blue?" }];
const IMPORTED_RECORD = {
  request_id: "2026-11-29-0001",
  provider: "anthropic",
  model: "claude-3-5-sonnet",
  input_tokens: 1000,
  output_tokens: 500,
  cost_nano: "10500000",
  multiplier_tier: "cloud",
  at: "2026-11-29T12:00:00Z",
};
const LIMITED = {
  402: ["balance_exhausted"],
  409: ["request_running", "request_id_reused", "request_id_spent"],
  429: ["rate_limited"],
};
const UNAVAILABLE = ["keys_unavailable", "key_unreadable", "journal_unavailable", "balance_unavailable", "provider_busy", "usage_unrecorded"];
const REFUSALS = {
  ...LIMITED,
  400: ["provider_rejected"],
  502: ["provider_failed", "provider_locked", "provider_unreachable"],
  503: UNAVAILABLE,
  504: ["provider_late"],
};
/** Of questions, which may belong to a session. */
const IN_A_SESSION = {
  ...REFUSALS,
  409: [...LIMITED[409], "too_many_sessions"],
  503: [...UNAVAILABLE, "sessions_unavailable"],
};
const NATIVE_REFUSALS = { ...REFUSALS, 400: ["not_priced"] };
const NATIVE =
  "`model` may be a name or an id that `/v1/status` lists. Send an `Idempotency-Key` to ask again safely. What the provider " +
  "refuses comes back as it says it, with its status and `Retry-After`. What is not paid by tokens alone (tools that the " +
  "provider runs, other service tiers) is refused.";

const QUESTIONS: Record<string, Operation> = {
  "POST /v1/escalate": {
    summary: "Answer a question by a model of a provider.",
    more:
      "Without a `model_preference`, or with `auto`, the models of the configuration are asked in their order until one answers. " +
      "The same `request_id` is answered and billed once: asked again it gets the same answer, with `Idempotent-Replayed: true`, for a day, " +
      "and 409 `request_id_spent` ever after.",
    answers: { 200: { what: "The answer, and what it costs in 10⁻⁹ dollars", schema: answers.ESCALATED } },
    refusals: IN_A_SESSION,
    example: { body: ASKED },
  },
  "POST /v1/stream": {
    summary: "Answer a question as a stream, in the wire format of the provider that `X-Provider` names.",
    more:
      "Every event is passed on as it comes. A client that goes away ends the call, and is billed for what has passed; a stream " +
      "that its provider does not finish is not billed.",
    answers: { 200: { what: "Events of Anthropic's Messages, or chunks of OpenAI's chat completions", contentType: EVENT_STREAM } },
    refusals: IN_A_SESSION,
    example: { body: ASKED, curl: "-N" },
  },
  "POST /v1/messages": {
    summary: "Answer as Anthropic's Messages API does, with or without a stream: its SDKs take this host as base URL.",
    more: NATIVE,
    answers: { 200: { what: "What the provider answers", contentType: "application/json" } },
    refusals: NATIVE_REFUSALS,
    example: { body: { model: "claude-sonnet", max_tokens: 500, messages: MESSAGES } },
  },
  "POST /v1/chat/completions": {
    summary: "Answer as OpenAI's chat completions do, with or without a stream: its SDKs take this host, with `/v1`, as base URL.",
    more: NATIVE,
    answers: { 200: { what: "What the provider answers", contentType: "application/json" } },
    refusals: NATIVE_REFUSALS,
    example: { body: { model: "gpt-4", messages: MESSAGES } },
  },
};

const ACCOUNT: Record<string, Operation> = {
  "GET /v1/status": {
    summary: "Return what the key may still ask, what is not billed yet, and the models with their prices in 10⁻⁹ dollars a token.",
    answers: { 200: { what: "How the account stands", schema: answers.STATUS } },
    refusals: counted([]),
    example: {},
  },
  "GET /v1/usage": {
    summary: "Return what the account has used, by day and by model: from a day, up to and without another.",
    more: "Without days it is the last 30, and today.",
    answers: { 200: { what: "What the ledger knows", schema: answers.USAGE } },
    refusals: counted(["usage_unavailable"]),
    example: { query: { from: "2026-11-01", to: "2026-12-01" } },
  },
  "POST /v1/topups": {
    summary: "Return a page of Stripe at which the account pays for what it will use, in US dollars.",
    more:
      "The balance grows when Stripe says that it was paid, a few seconds later. Sent again with the same `request_id`, it gives the same " +
      "page for a day.",
    answers: { 201: { what: "Where to pay, and until when", schema: answers.TOPUP } },
    refusals: {
      400: ["amount_refused"],
      409: ["request_id_reused"],
      501: ["topups_not_set_up"],
      502: ["stripe_locked", "stripe_failed"],
      ...counted(["stripe_busy", "stripe_unreachable", "topups_unavailable"]),
    },
    example: { body: { amount_cents: 2500, request_id: "top-up-2026-11-29" } },
  },
  "POST /v1/imports": {
    summary: "Bill usage of any time to an account: up to 1,000 records, all of them or none.",
    more:
      "For whoever runs the platform: `usage:import` is no scope that a key has unless it was given it, and `ops import-usage` makes one for as " +
      "long as it takes. A `request_id` that the account has is not billed again.",
    answers: { 200: { what: "What is new, what was known, and what all of it is charged", schema: answers.IMPORTED } },
    refusals: counted(["imports_unavailable", "ledger_unavailable"]),
    example: { body: { account_id: "acme", records: [IMPORTED_RECORD] } },
  },
};

const INTRO = [
  "Asks models of Anthropic and of OpenAI for its callers, and has each answer billed once. Addresses under `/v1` want an API " +
    "key, as `Authorization: Bearer …` or as `x-api-key`; `/health` and `/docs` want nothing. A refusal is " +
    '`{"error": {"code", "message"}}`: the code is for programs, the message says what is allowed and what to do.',
  "**Limits.** A key may ask models 100 times in any 60 seconds, and make as many requests of all other kinds together, unless it has " +
    "a limit of its own, which is that of each of both; `Retry-After` says when the next is taken.",
  "**Balance.** Where the platform asks for it, an account has to have something left: 402 `balance_exhausted` says how much it " +
    "has, and what calls that are being answered may come to.",
  "**Money** is text of whole 10⁻⁹ dollars. `cost_nano` is what the provider asks for; what is charged, `/v1/usage` says.",
  "**Privacy.** What is asked is in no log. Answers to requests with an id of the caller's own are kept for a day.",
  "**Sessions.** A question with a `session_id` goes on in that session: the model is told what was said before, the newest 40 " +
    "messages and at most 200 KB of them, and question and answer are added when it has answered. A session belongs to the account " +
    "of the key; it prefers the model that was last wanted in it. An account has at most 1,000 sessions.",
  "In the examples `SUPERINSTANCE` is the address and `TOKEN` an API key with the scope.",
];

/** The reference of the router of SuperInstance. */
export const REFERENCE: Reference<Env> = {
  name: "superinstance",
  title: "API of SuperInstance",
  host: "superinstance.chitty.cc",
  variable: "SUPERINSTANCE",
  intro: INTRO,
  base: "",
  routes: ROUTES,
  operations: { ...QUESTIONS, ...SESSIONS, ...ACCOUNT },
  schemas: { Escalated: answers.ESCALATED, Session: SESSION, SessionSummary: SESSION_SUMMARY },
  open: {
    "/docs": { summary: "Return this page, to everybody.", contentType: "text/plain" },
    "/docs/openapi.json": { summary: "Return the same for programs, to everybody.", contentType: "application/json" },
  },
  env: {} as Env,
};
