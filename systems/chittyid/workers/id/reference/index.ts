import type { Operation, Reference } from "#lib/openapi";
import type { Env } from "../env";
import { ROUTES } from "../routes";
import * as answers from "./answers";

const EXAMPLE_ID = "CHITTY-EVNT-0001234-A1B2";
const EXAMPLE_TOKEN = "tok_0123456789abcdef";
const UNKNOWN_TOKEN = { 404: ["token_not_found"], 503: ["token_unavailable"] };

const IDS: Record<string, Operation> = {
  "POST /v1/mint": {
    summary: "Mint an id for an entity.",
    more:
      "No id is minted twice, and one that was answered is kept. Send an `Idempotency-Key` (1 to 128 visible ASCII " +
      "characters) to ask again safely: under one token the same key mints once, and the answer comes again with " +
      "`Idempotent-Replayed: true`. 503 says in `Retry-After` when to ask again, at midnight UTC when the quota of the " +
      "day is exhausted.",
    answers: { 201: { what: "The id; `Location` is its address", schema: answers.ID } },
    refusals: { 409: ["idempotency_key_reused"], 503: ["mint_unavailable", "token_unavailable"] },
    example: { body: { entity_type: "EVNT" }, curl: "-H 'Idempotency-Key: order-7'" },
  },
  "GET /v1/validate/:chittyId": {
    summary: "Return whether a text is an id, of either form, and whether it was minted here.",
    more:
      "`minted` is `null` where that is not known: of ids of the other form, and while no store can say. `reason` says " +
      "what is wrong: `form`, or `check_value` for an id with a slip.",
    answers: { 200: { what: "What it is", schema: answers.VALIDATION } },
    refusals: { 503: ["token_unavailable"] },
    example: { params: { chittyId: "01-C-PROD-0001-P-2501-A-X" } },
  },
  "GET /v1/ids/:chittyId": {
    summary: "Return the record of an id. One with a slip is refused (400) before any store is asked.",
    answers: { 200: { what: "The id", schema: answers.ID } },
    refusals: { 404: ["id_not_found"], 503: ["id_unavailable", "token_unavailable"] },
    example: { params: { chittyId: EXAMPLE_ID } },
  },
};

const TOKENS: Record<string, Operation> = {
  "POST /admin/tokens/generate": {
    summary: "Issue a token. It is shown this once; only its SHA-256 is kept.",
    answers: { 201: { what: "The token", schema: answers.GENERATED } },
    refusals: { 503: ["token_unavailable"] },
    example: { body: { description: "Pipeline of the registry", scopes: ["mint", "validate"], expires_in: "365d" } },
  },
  "GET /admin/tokens": {
    summary: "Return the tokens that were issued, page by page: `cursor` leads to the next page, `null` says there is none.",
    answers: { 200: { what: "A page of tokens, without their values", schema: answers.TOKENS } },
    refusals: { 503: ["token_unavailable"] },
    example: { query: { limit: "50" } },
  },
  "POST /admin/tokens/:tokenId/rotate": {
    summary: "Issue a token in place of another, which stays good for the `overlap` (a day unless said) and then ends.",
    more: "Description and scopes are those of the former one.",
    answers: { 201: { what: "The new token, and when the former one ends", schema: answers.ROTATED } },
    refusals: UNKNOWN_TOKEN,
    example: { params: { tokenId: EXAMPLE_TOKEN }, body: { expires_in: "365d", overlap: "24h" } },
  },
  "DELETE /admin/tokens/:tokenId": {
    summary: "Revoke a token. Every data centre refuses it within a minute; while D1 is out, within an hour.",
    answers: { 204: { what: "It is revoked" } },
    refusals: UNKNOWN_TOKEN,
    example: { params: { tokenId: EXAMPLE_TOKEN } },
  },
};

const INTRO = [
  "Mints ids, validates them, and issues the tokens that may. Addresses under `/v1` and `/admin` want `Authorization: " +
    'Bearer …`; `/health` and `/docs` want nothing. Answers are JSON; a refusal is `{"error": {"code", "message"}}`: the ' +
    "code is for programs, the message names the field and what is allowed.",
  "**Ids.** `CHITTY-EVNT-0001234-A1B2` is an entity's type, a number that is given once, and a check value of four " +
    "digits and capital letters. The check value finds every single wrong character and every swap of neighbours; of other " +
    "errors it lets one in 1.7 million pass. It is no secret: whether an id was minted, its record says. Ids of the form " +
    "`01-C-PROD-0001-P-2501-A-X` are validated by their form; none is minted here.",
  "**Tokens.** The scopes are `mint`, `validate` and `read`. The administrator's own token has the scope `admin` and " +
    "comes with the configuration of the stack, like that of `chittyos-unified-platform`.",
  "In the examples `CHITTYID` is the address (`https://id.chitty.cc`) and `TOKEN` a token with the scope.",
];

/** Types of a deployment that sets none. */
const DEFAULTS = { ENTITY_TYPES: "EVNT,PEO,PLACE,PROP" } as Env;

/** The reference of ChittyID. */
export const REFERENCE: Reference<Env> = {
  name: "chittyid",
  title: "API of ChittyID",
  host: "id.chitty.cc",
  variable: "CHITTYID",
  intro: INTRO,
  base: "",
  routes: ROUTES,
  operations: { ...IDS, ...TOKENS },
  schemas: { Id: answers.ID },
  health: { kv_status: { enum: ["ok", "over_quota", "failed"] } },
  open: {
    "/docs": { summary: "Return this page, to everybody.", contentType: "text/plain" },
    "/docs/openapi.json": { summary: "Return the same for programs, to everybody.", contentType: "application/json" },
  },
  env: DEFAULTS,
};
