import type { Project } from "./model";

/** What somebody works on just now. */
export interface Situation {
  platform: string;
  working_directory?: string | undefined;
  git_branch?: string | undefined;
}

/** A project that is likely meant, and why. */
export interface Suggestion {
  project_id: string;
  working_directory: string | null;
  git_branch: string | null;
  last_used_at: string;
  /** 0 to 100: the larger, the likelier. */
  score: number;
  reasons: Reason[];
}

type Reason = "same_directory" | "directory_above" | "directory_below" | "same_branch" | "other_platform" | "recent";

const MOST = 5;
const WEIGHTS: Record<Reason, number> = {
  same_directory: 60,
  directory_above: 35,
  directory_below: 25,
  same_branch: 15,
  other_platform: 10,
  recent: 15,
};
const RECENT_MS = 86_400_000;

/** Return the projects that *situation* is likely about, the likeliest first. */
export function suggest(projects: readonly Project[], situation: Situation, now: number): Suggestion[] {
  return projects
    .map((project) => rated(project, situation, now))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score || other.last_used_at.localeCompare(one.last_used_at))
    .slice(0, MOST);
}

function rated(project: Project, situation: Situation, now: number): Suggestion {
  const { project_id, working_directory, git_branch, last_used_at } = project;
  const reasons = [...reasonsOf(project, situation, now)];
  const score = reasons.reduce((sum, reason) => sum + WEIGHTS[reason], 0);
  return { project_id, working_directory, git_branch, last_used_at, score, reasons };
}

function* reasonsOf(project: Project, situation: Situation, now: number): Generator<Reason> {
  const near = nearness(project.working_directory, situation.working_directory);
  if (near !== undefined) yield near;
  if (situation.git_branch !== undefined && project.git_branch === situation.git_branch) yield "same_branch";
  const last = (Object.entries(project.platforms).find(([, at]) => at === project.last_used_at) ?? [])[0];
  if (last !== undefined && last !== situation.platform) yield "other_platform";
  if (now - Date.parse(project.last_used_at) < RECENT_MS) yield "recent";
}

function nearness(known: string | null, given: string | undefined): Reason | undefined {
  if (known === null || given === undefined) return undefined;
  const [project, here] = [withSlash(known), withSlash(given)];
  if (project === here) return "same_directory";
  if (here.startsWith(project)) return "directory_above";
  return project.startsWith(here) ? "directory_below" : undefined;
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
