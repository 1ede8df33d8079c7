import * as v from "valibot";

import { CLOCK } from "#lib/clock";
import { notFound } from "#lib/errors";
import { sha256Hex } from "#lib/hash";
import { log } from "#lib/log";
import type { Call, Route } from "#lib/route";
import { parameters, text, wholeNumber, type Schema } from "#lib/schema";
import type { Env } from "../env";
import { orUnavailable, stateOf } from "../quota";
import { route } from "../route";
import { issuedTokens } from "./identify";
import { millisecondsOf, NEW_TOKEN, newValue, ONE_TOKEN, ROTATION, type TokenEntry } from "./model";
import { TokenTable } from "./table";

const BODY_BYTES = 4096;
const PAGE = parameters({
  cursor: v.optional(text(/^tok_[0-9a-f]{16}$/, "the cursor of an earlier answer")),
  limit: v.optional(wholeNumber(1, 100), 100),
});

/** Everything about tokens: for the administrator alone. */
export const TOKEN_ROUTES: readonly Route<Env>[] = [
  route({
    method: "POST",
    path: "/admin/tokens/generate",
    scope: "admin",
    body: { schema: () => NEW_TOKEN, limit: () => BODY_BYTES },
    handle: generate,
  }),
  route({ method: "GET", path: "/admin/tokens", scope: "admin", query: PAGE, handle: list }),
  route({
    method: "POST",
    path: "/admin/tokens/:tokenId/rotate",
    scope: "admin",
    params: ONE_TOKEN,
    body: { schema: () => ROTATION, limit: () => BODY_BYTES },
    handle: rotate,
  }),
  route({ method: "DELETE", path: "/admin/tokens/:tokenId", scope: "admin", params: ONE_TOKEN, handle: revoke }),
];

type OnOne<Body extends Schema = Schema> = Call<Env, typeof ONE_TOKEN, Schema, Body>;

async function generate({ c, env, principal, body }: Call<Env, Schema, Schema, typeof NEW_TOKEN>): Promise<Response> {
  const { description, scopes, expires_in } = await body();
  const value = newValue();
  const wanted = { sha256: await sha256Hex(value), description, scopes, issuedBy: principal.tokenId };
  const entry = await inTable(env, (table) => table.issue({ ...wanted, expiresAt: after(expires_in) }));
  log("info", "token_issued", { tokenId: entry.token_id, scopes: entry.scopes, by: principal.tokenId });
  return c.json(shownOnce(entry, value), 201);
}

async function list({ c, env, query }: Call<Env, Schema, typeof PAGE, Schema>): Promise<Response> {
  const tokens = await inTable(env, (table) => table.list(query.cursor ?? "", query.limit));
  const last = tokens.length === query.limit ? tokens.at(-1)?.token_id : undefined;
  return c.json({ tokens, cursor: last ?? null });
}

async function rotate({ c, env, principal, params, body }: OnOne<typeof ROTATION>): Promise<Response> {
  const { expires_in, overlap } = await body();
  const value = newValue();
  const times = { expiresAt: after(expires_in), formerEnds: after(overlap) };
  const wanted = { sha256: await sha256Hex(value), issuedBy: principal.tokenId, ...times };
  const entry = await inTable(env, (table) => table.replace(params.tokenId, wanted));
  if (entry === undefined) throw notFound("token");
  log("info", "token_rotated", { tokenId: entry.token_id, replaces: params.tokenId, by: principal.tokenId });
  return c.json({ ...shownOnce(entry, value), replaces: params.tokenId, former_expires_at: times.formerEnds }, 201);
}

async function revoke({ c, env, principal, params }: OnOne): Promise<Response> {
  const sha256 = await inTable(env, (table) => table.revoke(params.tokenId));
  if (sha256 === undefined) throw notFound("token");
  await issuedTokens(env).forget(sha256);
  log("info", "token_revoked", { tokenId: params.tokenId, by: principal.tokenId });
  return c.body(null, 204);
}

function inTable<T>({ DB }: Env, ask: (table: TokenTable) => Promise<T>): Promise<T> {
  return orUnavailable(stateOf(DB, "any", CLOCK.now), "token_unavailable", () => ask(new TokenTable(DB, CLOCK.now)), CLOCK.now);
}

function shownOnce({ token_id, expires_at, scopes }: TokenEntry, token: string): object {
  return { token, token_id, expires_at, scopes };
}

function after(duration: string): string {
  return new Date(CLOCK.now() + millisecondsOf(duration)).toISOString();
}
