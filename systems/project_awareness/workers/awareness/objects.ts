import type { Env } from "./env";
import { objectNear } from "./hints";
import type { ProjectsObject } from "./projects/object";
import type { SessionsObject } from "./sessions/object";

/** Milliseconds: longer than any answer of an object takes, shorter than a caller waits. */
export const OBJECT_MS = 5_000;

/** The object that holds the projects of *subject*. */
export function projectsOf(env: Env, subject: string, request: Request): ProjectsObject {
  return objectNear(env.PROJECT_AWARENESS_DO, subject, request) as ProjectsObject;
}

/** The object that holds the sessions of *subject*. */
export function sessionsOf(env: Env, subject: string, request: Request): SessionsObject {
  return objectNear(env.SESSION_SYNC_DO, subject, request) as SessionsObject;
}
