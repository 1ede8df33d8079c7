import { readJson } from "#lib/body";
import { CLOCK } from "#lib/clock";
import { integerOr, optionalText, text } from "#lib/validate";
import { rollout, sessionLimits, type SessionLimits } from "../config";
import type { Env } from "../env";
import type { AppContext, Route } from "../route";
import { DurableSessionStore, locateIn } from "./durable_store";
import { SessionIndex, type Page } from "./index_table";
import { KvSessionStore } from "./kv_store";
import { CHITTY_ID, newSession, SESSION_ID, sessionChange } from "./model";
import { CALLER_HEADER, type Caller } from "./object/sockets";
import { SessionService } from "./service";

const PAGE = { min: 1, max: 200 };
const PAGE_DEFAULT = 50;
// What a request may have around the metadata.
const ENVELOPE_BYTES = 4096;

/** Everything under `/api/v1/sessions`. */
export const SESSION_ROUTES: readonly Route[] = [
  { method: "GET", path: "/sessions/metrics", scope: "metrics:read", handle: metrics },
  { method: "POST", path: "/sessions", scope: "sessions:write", handle: create },
  { method: "GET", path: "/sessions", scope: "sessions:read", handle: list },
  { method: "GET", path: "/sessions/:id", scope: "sessions:read", handle: read },
  { method: "PATCH", path: "/sessions/:id", scope: "sessions:write", handle: change },
  { method: "DELETE", path: "/sessions/:id", scope: "sessions:write", handle: end },
  { method: "GET", path: "/sessions/:id/metrics", scope: "metrics:read", handle: metricsOfOne },
  { method: "GET", path: "/sessions/:id/ws", scope: "sessions:read", handle: connect },
];

/** Sessions as *env* is bound and configured. */
export function sessionService(env: Env): SessionService {
  const limits = sessionLimits(env);
  const durable = new DurableSessionStore(locateIn(env.SESSION_STATE));
  const kv = new KvSessionStore(env.TOKEN_KV, sessionIndex(env), limits, CLOCK);
  return new SessionService(durable, kv, rollout(env), limits);
}

function sessionIndex(env: Env): SessionIndex {
  return new SessionIndex(env.DB, Date.now);
}

async function create(c: AppContext): Promise<Response> {
  const limits = sessionLimits(c.env);
  const body = await readJson(c.req.raw, bodyLimit(limits));
  const session = await sessionService(c.env).create(newSession(body, limits, Date.now()));
  return c.json(session, 201, { Location: `/api/v1/sessions/${session.sessionId}` });
}

async function list(c: AppContext): Promise<Response> {
  const chittyId = optionalText(c.req.query("chittyId"), "chittyId", CHITTY_ID);
  const cursor = optionalText(c.req.query("cursor"), "cursor", SESSION_ID);
  const limit = integerOr(c.req.query("limit"), "limit", PAGE, PAGE_DEFAULT);
  const page: Page = { limit, ...(cursor === undefined ? {} : { cursor }) };
  const sessions = await sessionIndex(c.env).list(chittyId, page);
  const last = sessions.length === limit ? sessions.at(-1)?.sessionId : undefined;
  return c.json({ sessions, cursor: last ?? null });
}

async function read(c: AppContext): Promise<Response> {
  return c.json(await sessionService(c.env).read(idOf(c)));
}

async function change(c: AppContext): Promise<Response> {
  const body = await readJson(c.req.raw, bodyLimit(sessionLimits(c.env)));
  return c.json(await sessionService(c.env).change(idOf(c), sessionChange(body)));
}

async function end(c: AppContext): Promise<Response> {
  await sessionService(c.env).end(idOf(c));
  return c.body(null, 204);
}

async function metrics(c: AppContext): Promise<Response> {
  const sessions = await sessionIndex(c.env).count();
  const { everybody, share } = rollout(c.env);
  return c.json({
    sessions: { active: sessions.durable_object + sessions.kv, byStore: sessions },
    rollout: { durableObjects: everybody, share: everybody ? 1 : share },
    limits: sessionLimits(c.env),
    timestamp: new Date().toISOString(),
  });
}

async function metricsOfOne(c: AppContext): Promise<Response> {
  return c.json(await sessionService(c.env).metrics(idOf(c)));
}

async function connect(c: AppContext): Promise<Response> {
  const headers = new Headers({ [CALLER_HEADER]: JSON.stringify(callerOf(c)) });
  const upgrade = c.req.header("Upgrade");
  if (upgrade !== undefined) headers.set("Upgrade", upgrade);
  return sessionService(c.env).connect(idOf(c), new Request("https://session/ws", { headers }));
}

function callerOf(c: AppContext): Caller {
  const { tokenId, scopes, expires } = c.get("principal");
  return { tokenId, mayWrite: scopes.includes("sessions:write"), until: expires };
}

function idOf(c: AppContext): string {
  return text(c.req.param("id"), "the session id", SESSION_ID);
}

/** JSON of a request may be escaped to six times the size of its state. */
function bodyLimit(limits: SessionLimits): number {
  return limits.maxBytes * 6 + ENVELOPE_BYTES;
}
