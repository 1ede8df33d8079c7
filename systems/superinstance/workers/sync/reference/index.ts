import type { Reference } from "#lib/openapi";
import type { Env } from "../env";
import { BASE, ROUTES } from "../routes";
import { OPERATIONS } from "./operations";

const INTRO = [
  "Keeps what a user has the same on all devices: settings and history as JSON, knowledge and LoRA adapters as bytes. Addresses " +
    "under `/sync` want an access token of the issuer, a JWT, as `Authorization: Bearer …`; `/health` and `/docs` want nothing. A " +
    'refusal is `{"error": {"code", "message"}}`: the code is for programs, the message says what is allowed and what to do.',
  "**Tokens** are signed with RS256, ES256 or EdDSA by a key of the issuer's JWK Set, and name it (`kid`). They have `iss`, `aud`, `exp`, " +
    "`iat` and `sub`; `scope` has `sync:read`, `sync:write` or both. Whose data it is, `sub` says.",
  "**Versions.** Every item has one, which grows by one with each change. A push says which version it has seen. Whoever has not " +
    "seen the current one overwrites nothing: what was pushed becomes a conflict copy, which `/sync/status` lists.",
  "**Limits.** A user may make 600 requests in any 60 seconds, on all devices together, unless the platform has it otherwise; the 429 " +
    "`rate_limited` says in `Retry-After` when the next is taken.",
  "**After a 503, a 429, a 423, or no answer at all** the same push may be sent again: it is applied once.",
  "In the examples `SYNC` is the address and `TOKEN` a token with the scope.",
];

/** The reference of sync of SuperInstance. */
export const REFERENCE: Reference<Env> = {
  name: "superinstance_sync",
  title: "API of SuperInstance sync",
  host: "superinstance-sync.chitty.cc",
  variable: "SYNC",
  intro: INTRO,
  base: BASE,
  routes: ROUTES,
  operations: OPERATIONS,
  schemas: {},
  open: {
    "/docs": { summary: "Return this page, to everybody.", contentType: "text/plain" },
    "/docs/openapi.json": { summary: "Return the same for programs, to everybody.", contentType: "application/json" },
  },
  env: {} as Env,
};
