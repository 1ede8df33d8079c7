import { matchedRoutes } from "hono/route";

import { afterAnswer } from "#lib/after_answer";
import { CLOCK } from "#lib/clock";
import { ApiError } from "#lib/errors";
import type { ApiContext } from "#lib/route";
import type { Env } from "../env";
import { LimitedError } from "../limits/limited";
import { isLifted, presentsCredential } from "../limits/load_test";
import { presents } from "../principal";
import { notePoint } from "./points";
import { suspicionOf } from "./suspicious";

/** What is measured, in milliseconds. */
export type Metric = "ai_response_time" | "session_consolidation_duration" | "cross_platform_sync_latency";

/** What is told of security; each refusal is one event, of one kind. */
type Kind = "failed_authentications" | "rate_limit_triggers" | "suspicious_patterns" | "blocked_requests";

/** What is told of a request, as far as it is known: never an address, a query, or a path that a caller made up. */
interface Facts {
  /** `GET /api/sessions/:session_id`; `GET *` where there is nothing at the address. */
  endpoint: string;
  path: string;
  platform: string;
}

const NOWHERE = "*";
const COLO = /^[A-Z]{3}$/;
const facts = new WeakMap<Request, Facts>();

/**
 * Return what counts every request, whatever becomes of it (PA-12), and what of it is refused or looks like a probe.
 * Below the *guarded* paths somebody is asked for, by routes that are no endpoints.
 *
 * The clock of a worker stands still while it computes: what is measured is what a request waits for.
 */
export function counter(guarded: readonly string[]): (c: ApiContext<Env>, next: () => Promise<void>) => Promise<void> {
  const around = new Set(["/*", ...guarded.map((path) => `${path}/*`)]);
  return async (c, next) => {
    const started = CLOCK.now();
    const path = matchedRoutes(c).find((each) => !around.has(each.path))?.path ?? NOWHERE;
    facts.set(c.req.raw, { endpoint: `${c.req.method} ${path}`, path, platform: "" });
    await next();
    const milliseconds = CLOCK.now() - started;
    afterAnswer(c, async () => {
      noteRequest(c, milliseconds);
      if (c.error instanceof ApiError) noteRefused(c, c.error);
      await noteSuspicion(c);
    });
  };
}

/** Have the request be counted as one of *platform*. */
export function notePlatform(request: Request, platform: string): void {
  const known = facts.get(request);
  if (known !== undefined) facts.set(request, { ...known, platform });
}

/** Note how long something took that *request* waited for. */
export function noteMetric(env: Env, request: Request, metric: Metric, milliseconds: number): void {
  const { endpoint } = factsOf(request);
  notePoint(env.PERFORMANCE_METRICS, { index: metric, blobs: [metric, endpoint], doubles: [milliseconds] });
}

/** Note that a request was refused by a rule; an error of another kind is none. */
export function noteRefused(c: ApiContext<Env>, error: ApiError): void {
  if (error.status === 401) noteSecurity(c, "failed_authentications", presents(c) ? "token_not_valid" : "no_token");
  if (error.status === 429) noteSecurity(c, "rate_limit_triggers", error instanceof LimitedError ? error.limit : error.code);
  if (error.status === 403) noteSecurity(c, "blocked_requests", error.code);
}

function noteRequest(c: ApiContext<Env>, milliseconds: number): void {
  const { endpoint, platform } = factsOf(c.req.raw);
  const { status, headers } = c.res;
  const kind = `${Math.floor(status / 100)}xx`;
  const blobs = [endpoint, c.req.method, kind, platform, coloOf(c.req.raw), cacheOf(headers)];
  notePoint(c.env.USAGE_ANALYTICS, { index: endpoint, blobs, doubles: [status, milliseconds] });
}

async function noteSuspicion(c: ApiContext<Env>): Promise<void> {
  const found = suspicionOf(c.req.url) ?? ((await isForged(c)) ? "forged_load_test" : undefined);
  if (found !== undefined) noteSecurity(c, "suspicious_patterns", found);
}

/** Whether limits were to be lifted by a credential that is not good. */
async function isForged(c: ApiContext<Env>): Promise<boolean> {
  return presentsCredential(c) && !(await isLifted(c));
}

function noteSecurity(c: ApiContext<Env>, kind: Kind, detail: string): void {
  const { path } = factsOf(c.req.raw);
  notePoint(c.env.SECURITY_EVENTS, { index: kind, blobs: [kind, detail, path], doubles: [1] });
}

function factsOf(request: Request): Facts {
  return facts.get(request) ?? { endpoint: "", path: "", platform: "" };
}

/** The data centre, as Cloudflare names it; a local runtime has none. */
function coloOf({ cf }: Request): string {
  const colo = String((cf as { colo?: unknown } | undefined)?.colo);
  return COLO.test(colo) ? colo : "";
}

/** Whether the answer was kept; one that the cache was not asked for was made anew as well. */
function cacheOf(headers: Headers): string {
  const said = headers.get("X-Cache");
  if (said === null) return "";
  return said === "HIT" ? "HIT" : "MISS";
}
