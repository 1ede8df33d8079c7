import * as v from "valibot";

import { object, text } from "#lib/schema";

/** Assistants and editors that tell of their projects: `claude-code`, `chatgpt`, `test`. */
export const PLATFORM = text(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/, "1 to 32 small letters, digits and -");

/** A folder, as the platform calls it. */
export const DIRECTORY = text(/^[^\p{Cc}]{1,1024}$/u, "a path of 1 to 1024 characters, without control characters");

export const BRANCH = text(/^[^\p{Cc}\s]{1,255}$/u, "a branch of 1 to 255 characters, without white space");

export const PROJECT_ID = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "1 to 64 letters, digits and . _ -");

export const SESSION_ID = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "1 to 128 letters, digits and . _ -");

/** What a platform says of the project it works on. */
export const PROJECT = object({
  project_id: PROJECT_ID,
  working_directory: v.optional(DIRECTORY),
  git_branch: v.optional(BRANCH),
});

export type ProjectGiven = v.InferOutput<typeof PROJECT>;

/** A project, as its owner's object knows it. */
export interface Project {
  project_id: string;
  working_directory: string | null;
  git_branch: string | null;
  /** When each platform last worked on it. */
  platforms: Record<string, string>;
  last_used_at: string;
  uses: number;
}

/** Projects an owner may have; of more, those that were used longest ago are forgotten. */
const MOST_PROJECTS = 200;

/** *projects* with what *platform* says of *given*, the last used first. */
export function used(projects: readonly Project[], given: ProjectGiven, platform: string, now: number): Project[] {
  const former = projects.find(({ project_id }) => project_id === given.project_id);
  const at = new Date(now).toISOString();
  const project: Project = {
    project_id: given.project_id,
    working_directory: given.working_directory ?? former?.working_directory ?? null,
    git_branch: given.git_branch ?? former?.git_branch ?? null,
    platforms: { ...former?.platforms, [platform]: at },
    last_used_at: at,
    uses: (former?.uses ?? 0) + 1,
  };
  const others = projects.filter(({ project_id }) => project_id !== given.project_id);
  return [project, ...others].slice(0, MOST_PROJECTS);
}
