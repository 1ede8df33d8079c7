import * as v from "valibot";

import type { Principal } from "#lib/bearer";
import { CLOCK, within } from "#lib/clock";
import { tooLarge } from "#lib/body";
import { notFound, unavailable } from "#lib/errors";
import { jsonBytes } from "#lib/json";
import { describeError, log } from "#lib/log";
import type { Call, Route } from "#lib/route";
import { parameters, type Schema } from "#lib/schema";
import { noteMetric, notePlatform } from "../analytics/events";
import { AnswerCache } from "../caching";
import type { Env } from "../env";
import { hintOf, type Place } from "../hints";
import { statusKey } from "../keys";
import { OBJECT_MS, projectsOf, sessionsOf } from "../objects";
import { subjectOf } from "../principal";
import { route } from "../route";
import { SYNC, type Sync, type SyncEvent } from "../sessions/model";
import { BRANCH, DIRECTORY, PLATFORM, PROJECT_ID, type Project } from "./model";
import { CONTEXT_BYTES, readContext, readProjects, writeContext } from "./store";
import { suggest, type Situation, type Suggestion } from "./suggest";

// What a request may have around the context, whose JSON may be escaped.
const ENVELOPE_BYTES = 8192;
const BODY_BYTES = CONTEXT_BYTES * 2 + ENVELOPE_BYTES;
const SUGGESTIONS = { browser: 300, edge: 900 };
const STATUS = { browser: 0, edge: 180 };

const SITUATION = parameters({
  platform: PLATFORM,
  working_directory: v.optional(DIRECTORY),
  git_branch: v.optional(BRANCH),
});
const STATE = parameters({ platform: PLATFORM, project_id: v.optional(PROJECT_ID) });
const ONE = parameters({ project_id: PROJECT_ID });

/** What suggestions are answered as. */
export interface Suggestions {
  platform: string;
  suggestions: Suggestion[];
  /** There where the projects could not be read as they are. */
  degraded?: true;
}

/** What a platform told last; `event` is `null` where it told nothing. */
export interface SyncStatus {
  platform: string;
  project_id: string | null;
  event: SyncEvent | null;
  degraded?: true;
}

/** What came of telling the other platforms. */
export interface Synced {
  sequence: number;
  synced_at: string;
  /** Open WebSockets that were told. */
  delivered: number;
  project: Project | null;
}

/** Everything under `/api/projects`. */
export const PROJECT_ROUTES: readonly Route<Env>[] = [
  route({ method: "GET", path: "/api/projects/suggestions", scope: "suggestions", query: SITUATION, handle: suggestions }),
  route({
    method: "POST",
    path: "/api/projects/sync",
    scope: "projects:write",
    body: { schema: () => SYNC, limit: () => BODY_BYTES },
    handle: sync,
  }),
  route({ method: "GET", path: "/api/projects/sync", scope: "projects:read", query: STATE, handle: status }),
  route({ method: "GET", path: "/api/projects/:project_id/context", scope: "projects:read", params: ONE, handle: context }),
];

function suggestions({ c, env, principal, query }: Call<Env, Schema, typeof SITUATION, Schema>): Promise<Response> {
  const { platform, working_directory = "", git_branch = "" } = query;
  notePlatform(c.req.raw, platform);
  const region = hintOf(c.req.raw.cf as Place | undefined) ?? "";
  const key = ["suggestions", working_directory, platform, git_branch, region];
  return new AnswerCache(env, CLOCK.now).answer(c, principal, key, SUGGESTIONS, (isFresh) =>
    suggestionsFor(env, principal, c.req.raw, query, isFresh),
  );
}

/** What *principal* likely works on; whoever reads no projects is suggested none. */
export async function suggestionsFor(
  env: Env,
  principal: Principal,
  request: Request,
  situation: Situation,
  isFresh: boolean,
): Promise<Suggestions> {
  const started = CLOCK.now();
  const { platform } = situation;
  notePlatform(request, platform);
  if (!principal.scopes.includes("projects:read")) return { platform, suggestions: [] };
  const { projects, isDegraded } = await readProjects(env, subjectOf(principal), request, isFresh);
  const answer = { platform, suggestions: suggest(projects, situation, CLOCK.now()) };
  noteMetric(env, request, "ai_response_time", CLOCK.now() - started);
  return isDegraded ? { ...answer, degraded: true } : answer;
}

async function sync({ c, env, principal, body }: Call<Env, Schema, Schema, typeof SYNC>): Promise<Response> {
  const answer = await tell(env, principal, c.req.raw, await body());
  await new AnswerCache(env, CLOCK.now).forget(c, principal);
  return c.json(answer);
}

/** Tell all platforms of *principal*'s owner what one of them has gone on to. ApiError 413 or 503. */
export async function tell(env: Env, principal: Principal, request: Request, given: Sync): Promise<Synced> {
  const started = CLOCK.now();
  const subject = subjectOf(principal);
  const { project, context: handed, source_platform } = given;
  notePlatform(request, source_platform);
  if (handed !== undefined && jsonBytes(handed) > CONTEXT_BYTES) throw tooLarge(CONTEXT_BYTES);
  const { noted, told } = await reached(async () => {
    if (project !== undefined && handed !== undefined) await writeContext(env, subject, project.project_id, handed);
    const noted = project === undefined ? null : await projectsOf(env, subject, request).use(subject, project, source_platform);
    return { noted, told: await sessionsOf(env, subject, request).sync(subject, given) };
  });
  noteMetric(env, request, "cross_platform_sync_latency", CLOCK.now() - started);
  const { sequence, synced_at } = told.event;
  return { sequence, synced_at, delivered: told.delivered, project: noted };
}

/** What *ask* gives of an object; 503 when it gives nothing. */
async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await within(OBJECT_MS, ask());
  } catch (error) {
    log("warn", "sync_failed", describeError(error));
    throw unavailable("sync_unavailable", "the other platforms were not told; ask again");
  }
}

function status({ c, env, principal, query }: Call<Env, Schema, typeof STATE, Schema>): Promise<Response> {
  const { platform, project_id = null } = query;
  notePlatform(c.req.raw, platform);
  const key = ["status", platform, project_id ?? ""];
  return new AnswerCache(env, CLOCK.now).answer(c, principal, key, STATUS, () =>
    statusOf(env, subjectOf(principal), c.req.raw, platform, project_id),
  );
}

async function statusOf(env: Env, subject: string, request: Request, platform: string, project: string | null): Promise<SyncStatus> {
  const answer = { platform, project_id: project };
  try {
    const event = await within(OBJECT_MS, sessionsOf(env, subject, request).status(platform, project));
    return { ...answer, event: event === "absent" ? null : event };
  } catch (error) {
    log("warn", "sync_object_silent", describeError(error));
    const event = await env.CROSS_PLATFORM_SYNC.get<SyncEvent>(statusKey(subject, platform, project), "json");
    return { ...answer, event, degraded: true };
  }
}

async function context({ c, env, principal, params }: Call<Env, typeof ONE, Schema, Schema>): Promise<Response> {
  const found = await readContext(env, subjectOf(principal), params.project_id);
  if (found === undefined) throw notFound("context");
  return c.body(found, 200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
}
