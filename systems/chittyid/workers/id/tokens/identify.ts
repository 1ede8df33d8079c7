import { authenticate, presentedIn, tokensOf, type Principal } from "#lib/bearer";
import { CLOCK } from "#lib/clock";
import { EdgeCache } from "#lib/edge_cache";
import { constantTimeEqual, sha256Hex } from "#lib/hash";
import type { ApiContext } from "#lib/route";
import type { Env } from "../env";
import { stateOf } from "../quota";
import { IssuedTokens } from "./issued";
import { isIssuedValue } from "./model";
import { TokenTable } from "./table";

/** The issued tokens as they are bound in *env*. */
export function issuedTokens({ DB, CORS_ORIGIN }: Env): IssuedTokens {
  const cache = new EdgeCache(CORS_ORIGIN, "tokens");
  return new IssuedTokens(new TokenTable(DB, CLOCK.now), cache, stateOf(DB, "any", CLOCK.now), CLOCK.now);
}

/** Say who asks: by the tokens of the configuration, which need no store, else by those that were issued. */
export async function identify(c: ApiContext<Env>): Promise<Principal> {
  const authorization = c.req.header("Authorization") ?? null;
  const configured = tokensOf(c.env);
  const presented = presentedIn(authorization);
  const digest = await sha256Hex(presented);
  const isConfigured = configured.filter(({ sha256 }) => constantTimeEqual(sha256, digest)).length > 0;
  const found = isConfigured || !isIssuedValue(presented) ? undefined : await issuedTokens(c.env).find(digest);
  return authenticate(authorization, found === undefined ? configured : [...configured, found], CLOCK.now());
}
