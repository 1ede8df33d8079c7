import type { Principal } from "#lib/bearer";
import { CLOCK, within } from "#lib/clock";
import { ApiError, notFound, unavailable } from "#lib/errors";
import { isObject } from "#lib/json";
import { describeError, log } from "#lib/log";
import type { ApiContext, Call, Route } from "#lib/route";
import { parameters, type Schema } from "#lib/schema";
import { isUpgrade, upgradeRequired } from "#lib/sockets";
import { noteMetric, notePlatform } from "../analytics/events";
import { AnswerCache } from "../caching";
import { cacheSeconds, sessionSeconds, sessionsPerAddress } from "../config";
import type { Env } from "../env";
import { placeId, sessionKey } from "../keys";
import { addressOf, guardOf } from "../limits/guard";
import { isLifted } from "../limits/load_test";
import { OBJECT_MS, sessionsOf } from "../objects";
import { subjectOf } from "../principal";
import { SESSION_ID } from "../projects/model";
import { route } from "../route";
import { REGISTRATION, type Registration, type Session, type Statistics } from "./model";
import { leavePlace, newSocketId, takePlace } from "./places";
import { CALLER_HEADER, type Caller } from "./sockets";

const BODY_BYTES = 4096;
const BROWSER_SECONDS = 60;
const ONE = parameters({ session_id: SESSION_ID });

/** A session, as it is answered. */
export interface SessionAnswer extends Session {
  /** There where its object does not answer, and this is the copy it left. */
  degraded?: true;
}

/** Everything under `/api/sessions`, and the WebSocket. */
export const SESSION_ROUTES: readonly Route<Env>[] = [
  route({
    method: "POST",
    path: "/api/sessions/register",
    scope: "sessions:write",
    body: { schema: () => REGISTRATION, limit: () => BODY_BYTES },
    handle: register,
  }),
  route({ method: "GET", path: "/api/sessions/statistics", scope: "sessions:read", handle: statistics }),
  route({ method: "GET", path: "/api/sessions/:session_id", scope: "sessions:read", params: ONE, handle: read }),
  route({ method: "DELETE", path: "/api/sessions/:session_id", scope: "sessions:write", params: ONE, handle: end }),
  route({ method: "GET", path: "/ws", scope: "sessions:read", handle: connect }),
];

type Any = Call<Env, Schema, Schema, Schema>;
type OnOne = Call<Env, typeof ONE, Schema, Schema>;

async function register({ c, env, principal, body }: Call<Env, Schema, Schema, typeof REGISTRATION>): Promise<Response> {
  const given = await body();
  const address = (await isLifted(c)) ? null : addressOf(c);
  const session = await registerFor(env, principal, c.req.raw, given, address);
  await new AnswerCache(env, CLOCK.now).forget(c, principal);
  return c.json(session, 201, { Location: `/api/sessions/${session.session_id}` });
}

/**
 * Note a session of *principal*, that came from *address* (`null`: whose number does not matter). ApiError 429 when the
 * address has too many, 503.
 */
export async function registerFor(
  env: Env,
  principal: Principal,
  request: Request,
  given: Registration,
  address: string | null,
): Promise<Session> {
  notePlatform(request, given.platform);
  const subject = subjectOf(principal);
  const started = CLOCK.now();
  const session = await reached("session_unavailable", async () => {
    if (address !== null) await holdSession(env, subject, request, given.session_id, address);
    return sessionsOf(env, subject, request).register(subject, given, address);
  });
  noteMetric(env, request, "session_consolidation_duration", CLOCK.now() - started);
  return session;
}

async function holdSession(env: Env, subject: string, request: Request, sessionId: string, address: string): Promise<void> {
  const most = sessionsPerAddress(env);
  const until = CLOCK.now() + sessionSeconds(env) * 1000;
  if (await guardOf(env, address, request).hold("sessions", placeId(subject, sessionId), most, until)) return;
  const message = `an address has at most ${most} sessions; end one, or wait until one has ended`;
  throw new ApiError(429, "too_many_sessions", message, { "Retry-After": "60" });
}

async function statistics({ c, env, principal }: Any): Promise<Response> {
  const lifetime = { browser: BROWSER_SECONDS, edge: cacheSeconds(env).sessions };
  return new AnswerCache(env, CLOCK.now).answer(c, principal, ["statistics"], lifetime, () =>
    statisticsFor(env, principal, c.req.raw),
  );
}

/** What there is of *principal*'s owner. ApiError 503. */
export async function statisticsFor(env: Env, principal: Principal, request: Request): Promise<Statistics> {
  return reached("session_unavailable", () => sessionsOf(env, subjectOf(principal), request).statistics());
}

async function read({ c, env, principal, params }: OnOne): Promise<Response> {
  const lifetime = { browser: BROWSER_SECONDS, edge: cacheSeconds(env).sessions };
  const key = ["session", params.session_id];
  return new AnswerCache(env, CLOCK.now).answer(c, principal, key, lifetime, () =>
    readOne(env, subjectOf(principal), c.req.raw, params.session_id),
  );
}

async function readOne(env: Env, subject: string, request: Request, sessionId: string): Promise<SessionAnswer> {
  let session: Session | "absent";
  try {
    session = await within(OBJECT_MS, sessionsOf(env, subject, request).read(sessionId));
  } catch (error) {
    log("warn", "session_object_silent", describeError(error));
    return readCopy(env, subject, sessionId);
  }
  if (session === "absent") throw notFound("session");
  return session;
}

async function readCopy(env: Env, subject: string, sessionId: string): Promise<SessionAnswer> {
  const copy = await reached("session_unavailable", () => env.SESSION_STORE.get(sessionKey(subject, sessionId), "json"));
  if (!isObject(copy) || !("session_id" in copy)) throw unavailable("session_unavailable", "the session cannot be read; ask again");
  return { ...(copy as unknown as Session), degraded: true };
}

async function end({ c, env, principal, params }: OnOne): Promise<Response> {
  const subject = subjectOf(principal);
  const isEnded = await reached("session_unavailable", () =>
    sessionsOf(env, subject, c.req.raw).end(subject, params.session_id),
  );
  await new AnswerCache(env, CLOCK.now).forget(c, principal);
  if (!isEnded) throw notFound("session");
  return c.body(null, 204);
}

async function connect({ c, env, principal }: Any): Promise<Response> {
  const { raw } = c.req;
  if (!isUpgrade(raw)) throw upgradeRequired(); // what opens nothing takes nothing of its address
  const caller = await callerOf({ c, env, principal } as Any);
  const leave = async (): Promise<void> => {
    if (caller.address !== null) await leavePlace(env, caller.address, caller.socketId, raw);
  };
  const upgrade = new Request("https://sessions/ws", { headers: upgradeHeaders(c, caller) });
  try {
    const answer = await reached("session_unavailable", () => sessionsOf(env, subjectOf(principal), raw).fetch(upgrade));
    if (answer.status !== 101) await leave();
    return answer;
  } catch (error) {
    await leave();
    throw error;
  }
}

function upgradeHeaders(c: ApiContext<Env>, caller: Caller): Headers {
  const headers = new Headers({ [CALLER_HEADER]: JSON.stringify(caller) });
  for (const name of ["Upgrade", "Sec-WebSocket-Protocol"]) {
    const value = c.req.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

/** Who connects, and is counted for it. ApiError 429. */
async function callerOf({ c, env, principal }: Any): Promise<Caller> {
  const caller = { socketId: newSocketId(subjectOf(principal)), until: principal.expires };
  if (await isLifted(c)) return { ...caller, address: null };
  const address = addressOf(c);
  await takePlace(env, address, caller.socketId, c.req.raw);
  return { ...caller, address };
}

/** What *ask* gives of an object; 503 with *code* when it gives nothing. */
async function reached<T>(code: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await within(OBJECT_MS, ask());
  } catch (error) {
    if (error instanceof ApiError) throw error;
    log("warn", code, describeError(error));
    throw unavailable(code, "sessions cannot be reached just now; ask again");
  }
}
