import * as v from "valibot";

import { authenticate, parseTokens, presentedIn, type Principal, type TokenRecord } from "#lib/bearer";
import { CLOCK } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { sha256Hex } from "#lib/hash";
import { describeError, log } from "#lib/log";
import type { ApiContext } from "#lib/route";
import { ACCOUNT_ID } from "../billing/api";
import { requestsPerMinute } from "./config";
import type { Env } from "./env";

/** What a key may be good for. */
export const SCOPES = ["ask", "read", "topup", "sessions:read", "sessions:write", "usage:import"] as const;
/** What a key is good for whose entry does not say: of its own account all, of others nothing. */
const USUAL_SCOPES = SCOPES.filter((scope) => scope !== "usage:import");

/** Who asks: a key of an account, and how often it may. */
export interface Caller {
  accountId: string;
  /** Its requests in any 60 seconds. */
  limit: number;
}

const KEY = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    id: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,64}$/)),
    account_id: ACCOUNT_ID,
    scopes: v.nullish(v.array(v.picklist(SCOPES)), [...USUAL_SCOPES]),
    expires: v.nullish(v.pipe(v.string(), v.isoTimestamp(), v.transform(Date.parse)), null),
  }),
);
const LIMIT = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ requests_per_minute: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000)) }),
);

/** How long an isolate believes what it has read of a key: no longer than KV itself is late. */
const BELIEVE_MS = 30_000;
const MOST_KNOWN = 1_000;

interface Known {
  principal: Principal;
  caller: Caller;
}

const callers = new WeakMap<Principal, Caller>();
const read = new Map<string, Known & { until: number }>();
const tokens = new WeakMap<Env, TokenRecord[]>();

/** Say who asks: a key of `API_KEYS`, or a token of the configuration. ApiError 401 when nobody does. */
export async function identify(c: ApiContext<Env>): Promise<Principal> {
  const presented = c.req.header("x-api-key") ?? presentedIn(c.req.header("Authorization") ?? null);
  if (presented === "") throw unauthorized("an API key is required, as bearer token or in x-api-key");
  const { principal, caller } = await find(c.env, presented);
  if (principal.expires !== null && principal.expires <= CLOCK.now()) throw unauthorized("the API key has expired");
  callers.set(principal, caller);
  return principal;
}

/** Return whose key it is that was identified, and how often it may ask. */
export function callerOf(principal: Principal): Caller {
  const caller = callers.get(principal);
  if (caller === undefined) throw new Error("the principal was not identified here");
  return caller;
}

/** A key that was read is known by itself: to hash it anew for each request would make each wait once more. */
async function find(env: Env, presented: string): Promise<Known> {
  const known = read.get(presented);
  if (known !== undefined && known.until > CLOCK.now()) return known;
  const digest = await sha256Hex(presented);
  const found = (await configured(env, presented)) ?? (await stored(env, digest));
  if (found === undefined) throw unauthorized("there is no such API key");
  if (read.size >= MOST_KNOWN) read.clear();
  read.set(presented, { ...found, until: CLOCK.now() + BELIEVE_MS });
  return found;
}

/** Forget what was read of keys, as a new isolate has. */
export function forgetKeys(): void {
  read.clear();
}

/** A token of the configuration: its first owner is the account. */
async function configured(env: Env, presented: string): Promise<Known | undefined> {
  if (env.API_TOKENS === "") return undefined;
  const all = tokens.get(env) ?? parseTokens(env.API_TOKENS);
  tokens.set(env, all);
  try {
    const principal = await authenticate(`Bearer ${presented}`, all, CLOCK.now());
    return { principal, caller: { accountId: principal.owners?.[0] ?? principal.tokenId, limit: requestsPerMinute(env) } };
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

async function stored(env: Env, digest: string): Promise<Known | undefined> {
  const [record, limit] = await readBoth(env, digest);
  if (record === null) return undefined;
  const key = v.safeParse(KEY, record);
  const own = v.safeParse(v.nullable(LIMIT), limit);
  if (!key.success || !own.success) {
    log("error", "key_unreadable", { sha256: digest.slice(0, 12) });
    throw unavailable("key_unreadable", "what is known of this API key cannot be read; it has been logged", 60);
  }
  const { id, account_id, scopes, expires } = key.output;
  const principal = { tokenId: id, scopes, owners: [account_id], expires };
  return { principal, caller: { accountId: account_id, limit: own.output?.requests_per_minute ?? requestsPerMinute(env) } };
}

/** Return what KV has, as text: what somebody wrote there that is no JSON is no outage of KV. */
async function readBoth(env: Env, digest: string): Promise<[string | null, string | null]> {
  try {
    return await Promise.all([env.API_KEYS.get(digest), env.RATE_LIMITS.get(digest)]);
  } catch (error) {
    log("error", "keys_unavailable", describeError(error));
    throw unavailable("keys_unavailable", "API keys cannot be looked up at the moment");
  }
}

function unauthorized(message: string): ApiError {
  return new ApiError(401, "unauthorized", message, { "WWW-Authenticate": 'Bearer realm="superinstance"' });
}
