import { ApiError, MisconfiguredError } from "./errors";
import { constantTimeEqual, sha256Hex } from "./hash";
import { isObject } from "./json";

/** A token that may be used: never the token itself, only its SHA-256. */
export interface TokenRecord {
  id: string;
  /** SHA-256 of the token, 64 hexadecimal digits in lower case. */
  sha256: string;
  scopes: readonly string[];
  /** When it stops being valid, in milliseconds since 1970. `null`: never. */
  expires: number | null;
}

/** Who asks, and what they may. */
export interface Principal {
  tokenId: string;
  scopes: readonly string[];
  expires: number | null;
}

const EXPECTED = 'a JSON list of {"id", "sha256", "scopes", "expires"}';
// The configuration takes the same, no more: tests/contract/expires.json holds both to it.
const ISO_TIME =
  /^(?!0000)(\d{4}-\d{2}-\d{2})T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
// Stands for nobody.
const NO_TOKEN: TokenRecord = { id: "", sha256: "0".repeat(64), scopes: [], expires: 0 };

/** Read the secret `API_TOKENS`. MisconfiguredError when it is not of its form. */
export function parseTokens(secret: string | undefined): TokenRecord[] {
  const list = parse(secret ?? "");
  if (!Array.isArray(list)) throw new MisconfiguredError("API_TOKENS", EXPECTED);
  return list.map(parseToken);
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
  const presented = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization ?? "")?.[1] ?? "";
  const digest = await sha256Hex(presented);
  let found = NO_TOKEN;
  for (const token of tokens) {
    if (constantTimeEqual(digest, token.sha256)) found = token;
  }
  if (found === NO_TOKEN || presented === "") throw unauthorized("a valid bearer token is required");
  if (found.expires !== null && found.expires <= now) throw unauthorized("the token has expired");
  return { tokenId: found.id, scopes: found.scopes, expires: found.expires };
}

/** 403 unless *principal* has *scope*. */
export function requireScope(principal: Principal, scope: string): void {
  if (principal.scopes.includes(scope)) return;
  throw new ApiError(403, "insufficient_scope", `the token lacks the scope ${scope}`, {
    "WWW-Authenticate": `Bearer error="insufficient_scope", scope="${scope}"`,
  });
}

function unauthorized(message: string): ApiError {
  return new ApiError(401, "unauthorized", message, {
    "WWW-Authenticate": 'Bearer realm="chittyos"',
  });
}

function parse(secret: string): unknown {
  try {
    return JSON.parse(secret);
  } catch {
    return undefined;
  }
}

function parseToken(entry: unknown): TokenRecord {
  if (!isObject(entry)) throw new MisconfiguredError("API_TOKENS", EXPECTED);
  const { id, sha256, scopes, expires } = entry;
  const digest = typeof sha256 === "string" ? sha256.toLowerCase() : "";
  if (typeof id !== "string" || !/^[0-9a-f]{64}$/.test(digest) || !isTextList(scopes)) {
    throw new MisconfiguredError("API_TOKENS", EXPECTED);
  }
  return { id, sha256: digest, scopes, expires: parseExpiry(expires) };
}

function parseExpiry(expires: unknown): number | null {
  if (expires === null || expires === undefined) return null;
  const day = typeof expires === "string" ? ISO_TIME.exec(expires)?.[1] : undefined;
  if (day === undefined || !isDay(day)) throw new MisconfiguredError("API_TOKENS", "a list with ISO dates in `expires`");
  return Date.parse(expires as string);
}

// `Date` takes 30 February for 2 March.
function isDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}
