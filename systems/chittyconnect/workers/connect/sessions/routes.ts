import * as v from "valibot";

import { requireOwner, type Owners, type Principal } from "#lib/bearer";
import { CLOCK } from "#lib/clock";
import type { Call } from "#lib/route";
import { parameters, wholeNumber, type Schema } from "#lib/schema";
import { rollout, sessionLimits } from "../config";
import type { Env } from "../env";
import { route } from "../route";
import { DurableSessionStore, locateIn } from "./durable_store";
import { SessionIndex } from "./index_table";
import { KvSessionStore } from "./kv_store";
import { CHITTY_ID, NEW_SESSION, newSession, SESSION_CHANGE, SESSION_ID } from "./model";
import { CALLER_HEADER, type Caller } from "./object/sockets";
import { SessionRevisions } from "./revisions";
import { SessionService } from "./service";

// What a request may have around the metadata.
const ENVELOPE_BYTES = 4096;

const ONE = parameters({ sessionId: SESSION_ID });
const PAGE = parameters({
  chittyId: v.optional(CHITTY_ID),
  cursor: v.optional(SESSION_ID),
  limit: v.optional(wholeNumber(1, 200), 50),
});

/** Everything under `/api/v1/sessions`. */
export const SESSION_ROUTES = [
  route({ method: "GET", path: "/sessions/metrics", scope: "metrics:read", handle: metrics }),
  route({
    method: "POST",
    path: "/sessions",
    scope: "sessions:write",
    body: { schema: () => NEW_SESSION, limit: bodyLimit },
    handle: create,
  }),
  route({ method: "GET", path: "/sessions", scope: "sessions:read", query: PAGE, handle: list }),
  route({ method: "GET", path: "/sessions/:sessionId", scope: "sessions:read", params: ONE, handle: read }),
  route({
    method: "PATCH",
    path: "/sessions/:sessionId",
    scope: "sessions:write",
    params: ONE,
    body: { schema: () => SESSION_CHANGE, limit: bodyLimit },
    handle: change,
  }),
  route({ method: "DELETE", path: "/sessions/:sessionId", scope: "sessions:write", params: ONE, handle: end }),
  route({
    method: "GET",
    path: "/sessions/:sessionId/metrics",
    scope: "metrics:read",
    params: ONE,
    handle: metricsOfOne,
  }),
  route({
    method: "GET",
    path: "/sessions/:sessionId/ws",
    scope: "sessions:read",
    params: ONE,
    handle: connect,
  }),
];

type OnOne<Body extends Schema = Schema> = Call<Env, typeof ONE, Schema, Body>;

/** Sessions as *env* is bound and configured, for those who may act for *owners*. */
function sessionService(env: Env, owners: Owners): SessionService {
  const limits = sessionLimits(env);
  const durable = new DurableSessionStore(locateIn(env.SESSION_STATE));
  const revisions = new SessionRevisions(env.DB, CLOCK.now);
  const kv = new KvSessionStore(env.TOKEN_KV, sessionIndex(env), revisions, limits, CLOCK);
  return new SessionService(durable, kv, rollout(env), limits, owners);
}

function sessionIndex(env: Env): SessionIndex {
  return new SessionIndex(env.DB, Date.now);
}

async function create({ c, env, principal, body }: Call<Env, Schema, Schema, typeof NEW_SESSION>): Promise<Response> {
  const wanted = newSession(await body(), sessionLimits(env), Date.now());
  const session = await sessionService(env, principal.owners).create(wanted);
  return c.json(session, 201, { Location: `/api/v1/sessions/${session.sessionId}` });
}

async function list({ c, env, principal, query }: Call<Env, Schema, typeof PAGE, Schema>): Promise<Response> {
  const { chittyId, ...page } = query;
  if (chittyId !== undefined) requireOwner(principal.owners, chittyId);
  const sessions = await sessionIndex(env).list(principal.owners, chittyId, page);
  const last = sessions.length === page.limit ? sessions.at(-1)?.sessionId : undefined;
  return c.json({ sessions, cursor: last ?? null });
}

async function read({ c, env, principal, params }: OnOne): Promise<Response> {
  return c.json(await sessionService(env, principal.owners).read(params.sessionId));
}

async function change({ c, env, principal, params, body }: OnOne<typeof SESSION_CHANGE>): Promise<Response> {
  return c.json(await sessionService(env, principal.owners).change(params.sessionId, await body()));
}

async function end({ c, env, principal, params }: OnOne): Promise<Response> {
  await sessionService(env, principal.owners).end(params.sessionId);
  return c.body(null, 204);
}

async function metrics({ c, env, principal }: Call<Env, Schema, Schema, Schema>): Promise<Response> {
  const sessions = await sessionIndex(env).count(principal.owners);
  const { everybody, share } = rollout(env);
  return c.json({
    sessions: { active: sessions.durable_object + sessions.kv, byStore: sessions },
    rollout: { durableObjects: everybody, share: everybody ? 1 : share },
    limits: sessionLimits(env),
    timestamp: new Date().toISOString(),
  });
}

async function metricsOfOne({ c, env, principal, params }: OnOne): Promise<Response> {
  return c.json(await sessionService(env, principal.owners).metrics(params.sessionId));
}

async function connect({ c, env, principal, params }: OnOne): Promise<Response> {
  const headers = new Headers({ [CALLER_HEADER]: JSON.stringify(callerOf(principal)) });
  const upgrade = c.req.header("Upgrade");
  if (upgrade !== undefined) headers.set("Upgrade", upgrade);
  return sessionService(env, principal.owners).connect(params.sessionId, new Request("https://session/ws", { headers }));
}

function callerOf({ tokenId, scopes, owners, expires }: Principal): Caller {
  return { tokenId, owners, mayWrite: scopes.includes("sessions:write"), until: expires };
}

/** JSON of a request may be escaped to six times the size of its state. */
function bodyLimit(env: Env): number {
  return sessionLimits(env).maxBytes * 6 + ENVELOPE_BYTES;
}
