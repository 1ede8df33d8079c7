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
  more: (env, checks) => ({ kv_status: kvStatus(env, checks) }),
};

/** Say why KV's check failed; a check that KV did not answer in time leaves no trace in its state. */
function kvStatus({ CHITTYID_KV }: Env, checks: Checks): StoreStatus {
  if (checks["kv"] === "ok") return "ok";
  return kvStates(CHITTYID_KV).some((state) => state.isOverQuota) ? "over_quota" : "failed";
}

function kvStates(kv: KVNamespace): [reads: StoreState, writes: StoreState] {
  return [stateOf(kv, "read", CLOCK.now), stateOf(kv, "write", CLOCK.now)];
}

async function askDatabase({ DB }: Env): Promise<void> {
  const state = stateOf(DB, "any", CLOCK.now);
  if (state.isClosed) throw new Error("the database's quota of the day is exhausted");
  await state.watch(() => DB.prepare("SELECT 1").first());
}

async function askKv({ CHITTYID_KV }: Env): Promise<void> {
  const [reads, writes] = kvStates(CHITTYID_KV);
  if (reads.isClosed || writes.isOverQuota) throw new Error("KV's quota of the day is exhausted");
  const isKnown = reads.askedAt + KV_KNOWN_MS > CLOCK.now();
  if (isKnown && reads.status === "ok") return;
  await reads.watch(() => CHITTYID_KV.get("health"));
}
