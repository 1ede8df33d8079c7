import { within } from "#lib/clock";
import { sha256Hex } from "#lib/hash";
import type { Json } from "#lib/json";
import { describeError, log } from "#lib/log";
import type { Env } from "../env";
import { projectsKey } from "../keys";
import { OBJECT_MS, projectsOf } from "../objects";
import type { Project } from "./model";

/** Bytes that the context of a project may have. */
export const CONTEXT_BYTES = 65_536;

/** What is known of a subject's projects: `degraded` where their object does not answer. */
export interface Known {
  projects: Project[];
  isDegraded: boolean;
}

/**
 * Read the projects of *subject*: from the copy in KV, which may be a minute behind, unless *isFresh* asks for the
 * object; from the other one where the one has nothing.
 */
export async function readProjects(env: Env, subject: string, request: Request, isFresh: boolean): Promise<Known> {
  const copied = isFresh ? null : await readCopy(env, subject);
  if (copied !== null) return { projects: copied, isDegraded: false };
  try {
    const projects = await within(OBJECT_MS, projectsOf(env, subject, request).list());
    return { projects, isDegraded: false };
  } catch (error) {
    log("warn", "projects_object_silent", describeError(error));
    return { projects: (await readCopy(env, subject)) ?? [], isDegraded: true };
  }
}

async function readCopy({ PROJECT_STORE }: Env, subject: string): Promise<Project[] | null> {
  try {
    return await PROJECT_STORE.get<Project[]>(projectsKey(subject), "json");
  } catch (error) {
    log("warn", "projects_copy_unread", describeError(error));
    return null;
  }
}

/** Keep what a platform hands to the others of a project. */
export async function writeContext(env: Env, subject: string, projectId: string, context: Json): Promise<void> {
  const metadata = { contentType: "application/json" };
  await env.PROJECT_DATA_BUCKET.put(await contextKey(subject, projectId), new TextEncoder().encode(JSON.stringify(context)), {
    httpMetadata: metadata,
  });
}

/** Read what was handed on last of a project, as JSON; `undefined` where there is nothing. */
export async function readContext(env: Env, subject: string, projectId: string): Promise<string | undefined> {
  const found = await env.PROJECT_DATA_BUCKET.get(await contextKey(subject, projectId));
  return found === null ? undefined : new Response(found.body).text();
}

/** A subject may have any characters; its hash has not. */
async function contextKey(subject: string, projectId: string): Promise<string> {
  return `context/${await sha256Hex(subject)}/${projectId}.json`;
}
