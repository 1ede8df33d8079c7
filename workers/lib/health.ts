import { within } from "./clock";
import type { JsonObject } from "./json";
import { describeError, log } from "./log";
import type { ApiContext } from "./route";

const PROBE_TIMEOUT_MS = 2_000;
// Nobody asks for a token here: asking often must not cost.
const REMEMBER_MS = 10_000;

/** Name of the header by which an answer says which version of the worker gave it. */
const VERSION_HEADER = "X-Worker-Version";

/** What a worker knows of its own version where its configuration binds it. */
interface Versioned {
  CF_VERSION_METADATA?: WorkerVersionMetadata;
}

type Check = "ok" | "failed";

/** What came of each probe, by its name. */
export type Checks = Record<string, Check>;

/** What of a service is looked at. */
export interface HealthParts<Env> {
  service: string;
  version: string;
  /** What it needs, by name. A probe that throws has failed. */
  probes: Record<string, (env: Env) => Promise<unknown>>;
  /** Names of probes without which it goes on, worse, but not without all of them. Default: none. */
  dispensable?: readonly string[];
  /** Says more of *checks*, in fields of its own. Default: nothing. */
  more?: (env: Env, checks: Checks) => JsonObject;
}

/**
 * Return a handler that says whether a service works: `healthy`, `degraded` (without what is
 * dispensable) or `unhealthy` (503; also when every check failed). What does not answer within two
 * seconds has failed. Checks are up to ten seconds old. A header says which version answers: code
 * that is about to be replaced is healthy too.
 */
export function healthHandler<Env extends object>(parts: HealthParts<Env>): (c: ApiContext<Env>) => Promise<Response> {
  let remembered: { checks: Checks; until: number } | undefined;
  return async (c) => {
    if (remembered === undefined || remembered.until <= Date.now()) {
      remembered = { checks: await runChecks(parts, c.env), until: Date.now() + REMEMBER_MS };
    }
    return answer(c, parts, remembered.checks);
  };
}

function answer<Env extends object>(c: ApiContext<Env>, parts: HealthParts<Env>, checks: Checks): Response {
  const { service, version, dispensable = [], more } = parts;
  const status = statusOf(checks, dispensable);
  const said = more?.(c.env, checks) ?? {};
  const body = { status, service, version, timestamp: new Date().toISOString(), ...said, checks };
  return c.json(body, status === "unhealthy" ? 503 : 200, { "Cache-Control": "no-store", ...versionOf(c.env) });
}

function versionOf(env: Versioned): Record<string, string> {
  const id = env.CF_VERSION_METADATA?.id;
  return id === undefined ? {} : { [VERSION_HEADER]: id };
}

function statusOf(checks: Checks, dispensable: readonly string[]): "healthy" | "degraded" | "unhealthy" {
  const failed = Object.keys(checks).filter((name) => checks[name] === "failed");
  if (failed.length === 0) return "healthy";
  const goesOn = failed.length < Object.keys(checks).length && failed.every((name) => dispensable.includes(name));
  return goesOn ? "degraded" : "unhealthy";
}

async function runChecks<Env>(parts: HealthParts<Env>, env: Env): Promise<Checks> {
  const checks = Object.entries(parts.probes).map(async ([name, probe]) => [name, await run(name, () => probe(env))]);
  return Object.fromEntries(await Promise.all(checks)) as Checks;
}

async function run(name: string, probe: () => Promise<unknown>): Promise<Check> {
  try {
    await within(PROBE_TIMEOUT_MS, probe());
    return "ok";
  } catch (error) {
    log("warn", "health_check_failed", { check: name, ...describeError(error) });
    return "failed";
  }
}
