import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import * as v from "valibot";

import { presentedIn, type Principal } from "#lib/bearer";
import { CLOCK } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { sha256Hex } from "#lib/hash";
import type { ApiContext } from "#lib/route";
import { trust, type Trust } from "../config";
import type { Env } from "../env";
import { KeysUnavailableError, keysAt } from "./keys";

/** What a token may be good for, in its claim `scope`. */
export const SCOPES = ["sync:read", "sync:write"] as const;

/** Signatures that only the issuer can make: none by a secret that both sides have. */
const ALGORITHMS = ["RS256", "ES256", "EdDSA"];
const TYPES = ["jwt", "at+jwt", "application/at+jwt"];
/** Headers that say where a key is to be had: it is had from the issuer alone. */
const KEY_HEADERS = ["jwk", "jku", "x5u", "x5c"];
const TOLERANCE_SECONDS = 5;
const LONGEST_TOKEN = 8_192;
const RETRY_SECONDS = 10;
const SECOND_MS = 1_000;
const SHOWN = 12;

const CLAIMS = v.object({
  sub: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,255}$/)),
  exp: v.number(),
  iat: v.number(),
  scope: v.optional(v.string(), ""),
});

/** Say who asks: whoever the token is of. ApiError 401 when it is not one, 503 while that cannot be said. */
export async function identify(c: ApiContext<Env>): Promise<Principal> {
  const token = presentedIn(c.req.header("Authorization") ?? null);
  if (token === "") throw unauthorized("a bearer token is required");
  const { sub, exp, scope } = await verify(token, trust(c.env));
  // Logs name a token by this: who a user is stands in none.
  const tokenId = (await sha256Hex(sub)).slice(0, SHOWN);
  return { tokenId, scopes: scope.split(" "), owners: [sub], expires: exp * SECOND_MS };
}

/** Return the id of the user who was identified: the `sub` of the token. */
export function userOf({ owners }: Principal): string {
  const [user] = owners ?? [];
  if (user === undefined) throw new Error("the principal is nobody's");
  return user;
}

async function verify(token: string, { issuer, audience, jwksUrl }: Trust): Promise<v.InferOutput<typeof CLAIMS>> {
  if (token.length > LONGEST_TOKEN) throw invalidToken();
  const options = { issuer, audience, algorithms: ALGORITHMS, clockTolerance: TOLERANCE_SECONDS };
  try {
    const { payload } = await jwtVerify(token, keyOf(jwksUrl), { ...options, currentDate: new Date(CLOCK.now()) });
    return claimsOf(payload);
  } catch (error) {
    throw refusal(error);
  }
}

/** A header that is not as it must be is refused before a key is looked for. */
function keyOf(jwksUrl: URL): JWTVerifyGetKey {
  return (header, token) => {
    refuseHeader(header);
    return keysAt(jwksUrl).find(header, token);
  };
}

function refuseHeader(header: object): void {
  const { typ = TYPES[0], kid } = header as { typ?: unknown; kid?: unknown };
  const isType = typeof typ === "string" && TYPES.includes(typ.toLowerCase());
  if (!isType || typeof kid !== "string" || KEY_HEADERS.some((name) => name in header)) throw invalidToken();
}

function claimsOf(payload: JWTPayload): v.InferOutput<typeof CLAIMS> {
  const claims = v.safeParse(CLAIMS, payload);
  const latest = CLOCK.now() / SECOND_MS + TOLERANCE_SECONDS;
  if (!claims.success || claims.output.iat > latest) throw invalidToken();
  return claims.output;
}

/** Return what is said of a token that was not taken; whatever is no matter of the token goes on as it is. */
function refusal(error: unknown): unknown {
  if (error instanceof KeysUnavailableError) {
    return unavailable("keys_unavailable", "tokens cannot be checked at the moment; send the same again", RETRY_SECONDS);
  }
  if (error instanceof errors.JWTExpired) return unauthorized("the token has expired; get a new one");
  return error instanceof errors.JOSEError ? invalidToken() : error;
}

function invalidToken(): ApiError {
  return unauthorized("the token is not one of the issuer for this audience, or holds not yet");
}

function unauthorized(message: string): ApiError {
  return new ApiError(401, "unauthorized", message, { "WWW-Authenticate": 'Bearer realm="superinstance"' });
}
