import * as v from "valibot";

import { ApiError, MisconfiguredError } from "./errors";
import { constantTimeEqual, sha256Hex } from "./hash";

/**
 * Owners for whom somebody may act. `null`: for all, as a service does that has checked itself who asks
 * it.
 */
export type Owners = readonly string[] | null;

/** Who asks, and what they may. */
export interface Principal {
  tokenId: string;
  scopes: readonly string[];
  owners: Owners;
  expires: number | null;
}

const EXPECTED = 'a JSON list of {"id", "sha256", "scopes", "owners", "expires"}';
const EXPECTED_TIMES = "a list with ISO dates in `expires`";
// The configuration takes the same, no more: tests/contract/expires.json holds both to it.
const ISO_TIME =
  /^(?!0000)\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const EXPIRES = v.pipe(
  v.string(EXPECTED_TIMES),
  v.regex(ISO_TIME, EXPECTED_TIMES),
  v.check(isDay, EXPECTED_TIMES),
  v.transform(Date.parse),
);

/** A token that may be used: never the token itself, only its SHA-256. */
const TOKEN = v.object({
  id: v.string(),
  /** SHA-256 of the token, 64 hexadecimal digits; read in lower case. */
  sha256: v.pipe(v.string(), v.toLowerCase(), v.regex(/^[0-9a-f]{64}$/)),
  scopes: v.array(v.string()),
  /** Whose data it reaches. `null`: everybody's. */
  owners: v.nullish(v.array(v.string()), null),
  /** When it stops being valid; read in milliseconds since 1970. `null`: never. */
  expires: v.nullish(EXPIRES, null),
});
const TOKENS = v.pipe(v.string(), v.parseJson(), v.array(TOKEN));

export type TokenRecord = v.InferOutput<typeof TOKEN>;

// Stands for nobody.
const NO_TOKEN: TokenRecord = { id: "", sha256: "0".repeat(64), scopes: [], owners: [], expires: 0 };

/** The secret with the first of the lists; the second is `API_TOKENS_2`. */
const FIRST_LIST = "API_TOKENS";

/** What an isolate has read: what it is bound to stays the same. */
const known = new WeakMap<TokensEnv, TokenRecord[]>();

/** What everything has bound that asks for tokens. */
export interface TokensEnv {
  /** JSON list of the tokens; what does not fit into one secret goes on in `API_TOKENS_2` and so forth. */
  API_TOKENS: string;
}

/** The tokens that *env* knows, of all lists, read once for an isolate. MisconfiguredError when one is not of its form. */
export function tokensOf(env: TokensEnv): TokenRecord[] {
  const found = known.get(env) ?? readLists(env as TokensEnv & Record<string, string | undefined>);
  known.set(env, found);
  return found;
}

function readLists(env: Record<string, string | undefined>): TokenRecord[] {
  const tokens = parseTokens(env[FIRST_LIST]);
  for (let number = 2; ; number += 1) {
    const name = `${FIRST_LIST}_${number}`;
    if (env[name] === undefined) return tokens;
    tokens.push(...parseTokens(env[name], name));
  }
}

/** Read one list of tokens, the secret *name*. MisconfiguredError when it is not of its form. */
export function parseTokens(secret: string | undefined, name = FIRST_LIST): TokenRecord[] {
  // The one message of whatever has none of its own.
  const result = v.safeParse(TOKENS, secret ?? "", { abortEarly: true, message: EXPECTED });
  if (result.success) return result.output;
  throw new MisconfiguredError(name, result.issues[0].message);
}

/**
 * Who presents *authorization* (`Bearer <token>`). 401 when nobody does.
 *
 * Every record is compared, each in constant time: neither the place of a token in the list nor
 * its text can be measured.
 */
export async function authenticate(
  authorization: string | null,
  tokens: readonly TokenRecord[],
  now: number,
): Promise<Principal> {
  const presented = presentedIn(authorization);
  const digest = await sha256Hex(presented);
  let found = NO_TOKEN;
  for (const token of tokens) {
    if (constantTimeEqual(digest, token.sha256)) found = token;
  }
  if (found === NO_TOKEN || presented === "") throw unauthorized("a valid bearer token is required");
  if (found.expires !== null && found.expires <= now) throw unauthorized("the token has expired");
  const { id, scopes, owners, expires } = found;
  return { tokenId: id, scopes, owners, expires };
}

/** Return the token in *authorization* (`Bearer <token>`), empty when there is none. */
export function presentedIn(authorization: string | null): string {
  return /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? "")?.[1] ?? "";
}

/** 403 unless *principal* has *scope*. */
export function requireScope(principal: Principal, scope: string): void {
  if (principal.scopes.includes(scope)) return;
  throw new ApiError(403, "insufficient_scope", `the token lacks the scope ${scope}`, {
    "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${scope}"`,
  });
}

/** Whether *owners* have *owner* among them. */
export function owns(owners: Owners, owner: string): boolean {
  return owners === null || owners.includes(owner);
}

/** 403 unless *owners* have *owner* among them. */
export function requireOwner(owners: Owners, owner: string): void {
  if (owns(owners, owner)) return;
  throw new ApiError(403, "owner_not_allowed", "the token is bound to other owners than this one");
}

function unauthorized(message: string): ApiError {
  return new ApiError(401, "unauthorized", message, {
    "WWW-Authenticate": 'Bearer realm="chittyos"',
  });
}

// `Date` takes 30 February for 2 March.
function isDay(time: string): boolean {
  const day = time.slice(0, 10);
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}
