import { notFound } from "#lib/errors";
import type { Call, Route } from "#lib/route";
import type { Schema } from "#lib/schema";
import type { Change, Refused } from "../../session_state/api";
import type { Env } from "../env";
import { BODY_BYTES } from "../escalate/model";
import { callerOf } from "../principal";
import { route } from "../route";
import { askSessions, refusal } from "./ask";
import { ADD_MESSAGE, CHANGE_BYTES, cursorOf, GET_QUERY, LIST_QUERY, UPDATE_CONTEXT, WHICH } from "./model";

const SMALL = { schema: () => WHICH, limit: () => CHANGE_BYTES };
const READ = "sessions:read";
const WRITE = "sessions:write";

/** Sessions of the account whose key asks, and of no other. */
export const SESSION_ROUTES: readonly Route<Env>[] = [
  route({ method: "GET", path: "/v1/sessions/list", scope: READ, query: LIST_QUERY, handle: list }),
  route({ method: "GET", path: "/v1/sessions/get", scope: READ, query: GET_QUERY, handle: get }),
  route({
    method: "POST",
    path: "/v1/sessions/add-message",
    scope: WRITE,
    body: { schema: () => ADD_MESSAGE, limit: () => BODY_BYTES },
    handle: addMessage,
  }),
  route({
    method: "POST",
    path: "/v1/sessions/update-context",
    scope: WRITE,
    body: { schema: () => UPDATE_CONTEXT, limit: () => CHANGE_BYTES },
    handle: updateContext,
  }),
  route({ method: "POST", path: "/v1/sessions/delete", scope: WRITE, body: SMALL, handle: remove }),
  route({ method: "POST", path: "/v1/sessions/clear", scope: WRITE, body: SMALL, handle: clear }),
];

type Asked<Query extends Schema = Schema, Body extends Schema = Schema> = Call<Env, Schema, Query, Body>;

async function list({ c, env, principal, query }: Asked<typeof LIST_QUERY>): Promise<Response> {
  const { limit, cursor } = query;
  const page = { ...(limit === undefined ? {} : { limit }), ...(cursor === undefined ? {} : { after: cursor }) };
  const { sessions, next } = await askSessions(env, (it) => it.list(callerOf(principal).accountId, page));
  return c.json({ sessions, next: next === null ? null : cursorOf(next) });
}

async function get({ c, env, principal, query }: Asked<typeof GET_QUERY>): Promise<Response> {
  const { session_id, limit, before } = query;
  const page = { ...(limit === undefined ? {} : { limit }), ...(before === undefined ? {} : { before }) };
  return c.json(found(await askSessions(env, (it) => it.get(callerOf(principal).accountId, session_id, page))));
}

async function addMessage({ c, env, principal, body }: Asked<Schema, typeof ADD_MESSAGE>): Promise<Response> {
  const { session_id = crypto.randomUUID(), message_id = crypto.randomUUID(), role, content } = await body();
  const message = { messageId: message_id, role, content };
  const made = taken(await askSessions(env, (it) => it.addMessage(callerOf(principal).accountId, session_id, message)));
  return c.json(made, made.added ? 201 : 200);
}

async function updateContext({ c, env, principal, body }: Asked<Schema, typeof UPDATE_CONTEXT>): Promise<Response> {
  const { session_id, context, title, model_preference } = await body();
  const change: Change = {
    ...(context === undefined ? {} : { context }),
    ...(title === undefined ? {} : { title }),
    ...(model_preference === undefined ? {} : { modelPreference: model_preference }),
  };
  return c.json(taken(await askSessions(env, (it) => it.updateContext(callerOf(principal).accountId, session_id, change))));
}

async function remove({ c, env, principal, body }: Asked<Schema, typeof WHICH>): Promise<Response> {
  const { session_id } = await body();
  const wasThere = await askSessions(env, (it) => it.delete(callerOf(principal).accountId, session_id));
  if (!wasThere) throw notFound("session");
  return c.json({ session_id, deleted: true });
}

async function clear({ c, env, principal, body }: Asked<Schema, typeof WHICH>): Promise<Response> {
  const { session_id } = await body();
  return c.json(found(await askSessions(env, (it) => it.clear(callerOf(principal).accountId, session_id))));
}

function found<T>(session: T | "absent"): T {
  if (session === "absent") throw notFound("session");
  return session;
}

function taken<T extends object>(answer: T | Refused): T {
  if ("refused" in answer) throw refusal(answer);
  return answer;
}
