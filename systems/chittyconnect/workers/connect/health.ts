import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { Env } from "./env";
import type { AppContext } from "./route";
import { DurableSessionStore, locateIn } from "./sessions/durable_store";

const SERVICE = "chittyconnect";
const VERSION = "0.1.0";
const PROBE_TIMEOUT_MS = 2_000;
// Nobody asks for a token here: asking often must not cost.
const REMEMBER_MS = 10_000;

type Check = "ok" | "failed";
type Checks = Record<"database" | "durable_objects" | "kv" | "storage", Check>;

/**
 * A handler that says whether the service works: `healthy`, `degraded` (the objects cannot be
 * reached, sessions fall back to KV) or `unhealthy` (503). What does not answer within two seconds has
 * failed. Checks are up to ten seconds old.
 */
export function healthHandler(): (c: AppContext) => Promise<Response> {
  let remembered: { checks: Checks; until: number } | undefined;
  return async (c) => {
    if (remembered === undefined || remembered.until <= Date.now()) {
      remembered = { checks: await runChecks(c.env), until: Date.now() + REMEMBER_MS };
    }
    return answer(c, remembered.checks);
  };
}

function answer(c: AppContext, checks: Checks): Response {
  const status = statusOf(checks);
  const timestamp = new Date().toISOString();
  const body = { status, service: SERVICE, version: VERSION, timestamp, checks };
  return c.json(body, status === "unhealthy" ? 503 : 200, { "Cache-Control": "no-store" });
}

function statusOf(checks: Checks): "healthy" | "degraded" | "unhealthy" {
  const { durable_objects: objects, ...needed } = checks;
  if (Object.values(needed).includes("failed")) return "unhealthy";
  return objects === "ok" ? "healthy" : "degraded";
}

async function runChecks(env: Env): Promise<Checks> {
  const objects = new DurableSessionStore(locateIn(env.SESSION_STATE), PROBE_TIMEOUT_MS);
  const [database, durableObjects, kv, storage] = await Promise.all([
    check("database", () => env.DB.prepare("SELECT 1").first()),
    check("durable_objects", () => objects.probe()),
    check("kv", () => env.TOKEN_KV.get("health")),
    check("storage", () => env.DOCUMENT_STORAGE.head("health")),
  ]);
  return { database, durable_objects: durableObjects, kv, storage };
}

async function check(name: string, probe: () => Promise<unknown>): Promise<Check> {
  try {
    await within(PROBE_TIMEOUT_MS, probe());
    return "ok";
  } catch (error) {
    log("warn", "health_check_failed", { check: name, ...describeError(error) });
    return "failed";
  }
}
