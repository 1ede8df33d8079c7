import { CLOCK } from "#lib/clock";
import type { Checks, HealthParts } from "#lib/health";
import type { Env } from "./env";
import { stateOf, type StoreState, type StoreStatus } from "./quota";

// Reads for its health alone would be a part of KV's budget: what requests learn of it is enough.
const KV_KNOWN_MS = 300_000;

/** What the health of ChittyID looks at. It goes on without KV, and reads on without D1. */
export const HEALTH: HealthParts<Env> = {
  service: "chittyid",
  version: "0.1.0",
  probes: { database: askDatabase, kv: askKv },
  dispensable: ["database", "kv"],
  more: ({ CHITTYID_KV }, checks) => ({ kv_status: kvStatus(checks, stateOf(CHITTYID_KV, CLOCK.now)) }),
};

/** Say why KV's check failed; a check that KV did not answer in time leaves no trace in its state. */
function kvStatus(checks: Checks, state: StoreState): StoreStatus {
  if (checks["kv"] === "ok") return "ok";
  return state.status === "over_quota" ? "over_quota" : "failed";
}

async function askDatabase({ DB }: Env): Promise<void> {
  const state = stateOf(DB, CLOCK.now);
  if (state.isClosed) throw new Error("the database's quota of the day is exhausted");
  await state.watch(() => DB.prepare("SELECT 1").first());
}

async function askKv({ CHITTYID_KV }: Env): Promise<void> {
  const state = stateOf(CHITTYID_KV, CLOCK.now);
  const isKnown = state.askedAt + KV_KNOWN_MS > CLOCK.now();
  if (isKnown && state.status === "ok") return;
  if (state.isClosed) throw new Error("KV's quota of the day is exhausted");
  await state.watch(() => CHITTYID_KV.get("health"));
}
