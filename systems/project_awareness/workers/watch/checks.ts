import { CLOCK, within } from "#lib/clock";
import { healthSeconds, otherOrigins } from "./config";
import type { Env } from "./env";
import { openSocket } from "./socket";

/** Something that is asked again and again, and what a good answer is. */
export interface Check {
  name: string;
  origin: string;
  path: string;
  /** Seconds between two of them. */
  every: number;
  /** Tries after the first, before it counts as failed. */
  retries: number;
  /** Text that the body must have. Default: any body will do. */
  contains?: string;
  /** Milliseconds that a good answer may take. Default: what a try may take. */
  longest?: number;
  /** Whether it is asked as a service. Default: as nobody. */
  guarded?: boolean;
  /** Whether it is a WebSocket, which has to open and say something. */
  socket?: boolean;
}

/** What came of a check: `reason` is empty where all is well, and never more than a few words. */
interface Result {
  reason: string;
  milliseconds: number;
  /** HTTP status; 0 where nothing answered. */
  status: number;
}

/** Milliseconds that one try may take. */
const TRY_MS = 5_000;
const PAUSE_MS = 500;
const HEALTH = { path: "/health", retries: 3, contains: '"status":"healthy"' } as const;

/** What is checked (PA-11). Over the public host, as users come: with its name, certificate and edge. */
export function checksOf(env: Env): Check[] {
  const origin = env.OWN_ORIGIN;
  return [
    { name: "health", origin, every: healthSeconds(env), ...HEALTH },
    { name: "suggestions", origin, path: "/api/projects/suggestions?platform=test", every: 60, retries: 0, longest: 200 },
    { name: "websocket", origin, path: "/ws", every: 120, retries: 1, guarded: true, socket: true },
    { name: "statistics", origin, path: "/api/sessions/statistics", every: 300, retries: 0, longest: 500, guarded: true },
    ...otherOrigins(env).map((other) => ({ name: "other-health", origin: other, every: 120, ...HEALTH })),
  ];
}

/** Of *checks* those that are due in the minute of *time*, milliseconds since 1970. */
export function due(checks: Check[], time: number): Check[] {
  const minute = Math.floor(time / 60_000);
  return checks.filter(({ every }) => every <= 60 || minute % Math.round(every / 60) === 0);
}

/** Check all of *checks* at once, and write a point for each. */
export async function runChecks(env: Env, checks: Check[]): Promise<void> {
  await Promise.all(
    checks.map(async (check) => {
      note(env, check, await runCheck(env, check));
    }),
  );
}

async function runCheck(env: Env, check: Check): Promise<Result> {
  let result = await tryOnce(env, check);
  for (let retry = 0; retry < check.retries && result.reason !== ""; retry += 1) {
    await CLOCK.sleep(PAUSE_MS);
    result = await tryOnce(env, check);
  }
  return result;
}

async function tryOnce(env: Env, check: Check): Promise<Result> {
  const began = CLOCK.now();
  const found = await within(TRY_MS, check.socket === true ? openSocket(request(env, check)) : answer(env, check)).catch(
    // What the runtime says of it may have an address in it.
    () => ({ reason: `no answer within ${TRY_MS} ms or no connection`, status: 0 }),
  );
  const milliseconds = CLOCK.now() - began;
  const isSlow = found.reason === "" && milliseconds > (check.longest ?? TRY_MS);
  return { ...found, milliseconds, reason: isSlow ? `took more than ${check.longest ?? TRY_MS} ms` : found.reason };
}

async function answer(env: Env, check: Check): Promise<Omit<Result, "milliseconds">> {
  const response = await fetch(request(env, check));
  const body = await response.text();
  const { status } = response;
  if (status !== 200) return { status, reason: `status ${status}` };
  return { status, reason: body.includes(check.contains ?? "") ? "" : "the body says otherwise" };
}

function request(env: Env, { origin, path, guarded, socket }: Check): Request {
  const headers = new Headers({ "User-Agent": "chittyos-watch", "Cache-Control": "no-cache" });
  if (guarded === true) headers.set("Authorization", `Bearer ${env.SERVICE_TOKEN}`);
  if (socket === true) headers.set("Upgrade", "websocket");
  // A redirect would take the token along.
  return new Request(`${origin}${path}`, { headers, redirect: "manual", signal: AbortSignal.timeout(TRY_MS) });
}

/** Blobs: check, host, up or down, reason. Doubles: 1 where it is up, milliseconds, status. */
function note(env: Env, { name, origin }: Check, { reason, milliseconds, status }: Result): void {
  const isUp = reason === "";
  env.HEALTH_CHECKS.writeDataPoint({
    indexes: [name],
    blobs: [name, new URL(origin).hostname, isUp ? "up" : "down", reason],
    doubles: [isUp ? 1 : 0, milliseconds, status],
  });
}
