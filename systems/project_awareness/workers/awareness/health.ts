import { CLOCK, within } from "#lib/clock";
import type { HealthParts } from "#lib/health";
import type { Env } from "./env";
import { SERVICE, VERSION } from "./info";
import type { ProjectsObject } from "./projects/object";
import type { SessionsObject } from "./sessions/object";

const PROBE = "health";
const OBJECT_MS = 1_500;
// Reads for its health alone would cost: what was found a minute ago is enough.
const KV_KNOWN_MS = 60_000;

let kvAskedAt = 0;

/** What the health of Project Awareness looks at. Without objects it reads on from copies; copies can be done without. */
export const HEALTH: HealthParts<Env> = {
  service: SERVICE,
  version: VERSION,
  probes: { projects: askProjects, sessions: askSessions, kv: askKv },
  dispensable: ["kv", "projects", "sessions"],
};

function askProjects({ PROJECT_AWARENESS_DO: namespace }: Env): Promise<void> {
  const object = namespace.get(namespace.idFromName(PROBE)) as unknown as ProjectsObject;
  return within(OBJECT_MS, object.probe());
}

function askSessions({ SESSION_SYNC_DO: namespace }: Env): Promise<void> {
  const object = namespace.get(namespace.idFromName(PROBE)) as unknown as SessionsObject;
  return within(OBJECT_MS, object.probe());
}

async function askKv({ SESSION_STORE, PROJECT_STORE, CROSS_PLATFORM_SYNC }: Env): Promise<void> {
  if (kvAskedAt + KV_KNOWN_MS > CLOCK.now()) return;
  await Promise.all([SESSION_STORE, PROJECT_STORE, CROSS_PLATFORM_SYNC].map((kv) => kv.get(PROBE)));
  kvAskedAt = CLOCK.now();
}
