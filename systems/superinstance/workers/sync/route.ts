import { ApiError } from "#lib/errors";
import { routesOf, type ApiContext } from "#lib/route";
import { requestsPerMinute } from "./config";
import type { Env } from "./env";
import { userOf, type SCOPES } from "./identity/token";
import { askState } from "./lock/hold";

const made = routesOf<Env, (typeof SCOPES)[number]>();

/** Makes an address. Every request counts in the limit of its user, those that its token has no scope for as well. */
export const route: typeof made = (spec) => {
  const its = made(spec);
  return {
    ...its,
    refused: count,
    handle: async (c) => {
      await count(c);
      return its.handle(c);
    },
  };
};

/** ApiError 429 when the user has made all requests of the last minute. */
async function count(c: ApiContext<Env>): Promise<void> {
  const most = requestsPerMinute(c.env);
  const wait = await askState(c.env, userOf(c.get("principal")), (state) => state.count(most));
  if (wait === 0) return;
  const message = `a user may make ${most} requests a minute; send the same again in ${wait} s`;
  throw new ApiError(429, "rate_limited", message, { "Retry-After": String(wait) });
}
