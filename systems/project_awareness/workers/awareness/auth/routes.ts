import type { Principal } from "#lib/bearer";
import type { Call, Route } from "#lib/route";
import type { Schema } from "#lib/schema";
import type { Env } from "../env";
import { subjectOf } from "../principal";
import { route, SCOPES } from "../route";
import { noCookie, verifiedCookie } from "./cookie";

type Any = Call<Env, Schema, Schema, Schema>;

/** Who a token is. */
export interface Identity {
  token_id: string;
  subject: string;
  scopes: string[];
  expires_at: string | null;
}

/** Everything under `/api/auth`. */
export const AUTH_ROUTES: readonly Route<Env>[] = [
  route({ method: "POST", path: "/api/auth/verify", scope: "self", handle: verify }),
  route({ method: "GET", path: "/api/auth/session", scope: "self", handle: read }),
  route({ method: "DELETE", path: "/api/auth/session", scope: "self", handle: leave }),
];

async function verify({ c, env, principal }: Any): Promise<Response> {
  return c.json(identityOf(principal), 200, { "Set-Cookie": await verifiedCookie(env) });
}

function read({ c, principal }: Any): Response {
  return c.json(identityOf(principal));
}

function leave({ c }: Any): Response {
  return c.body(null, 204, { "Set-Cookie": noCookie() });
}

function identityOf(principal: Principal): Identity {
  const { tokenId, scopes, expires } = principal;
  return {
    token_id: tokenId,
    subject: subjectOf(principal),
    scopes: SCOPES.filter((scope) => scopes.includes(scope)),
    expires_at: expires === null ? null : new Date(expires).toISOString(),
  };
}
