import type { HealthParts } from "#lib/health";
import { trust } from "./config";
import type { Env } from "./env";
import { keysAt } from "./identity/keys";
import { askState } from "./lock/hold";

const NOBODY = "health";

/** What sync needs. Without the keys of the issuer it goes on for who is known, and not for new ones. */
export const HEALTH: HealthParts<Env> = {
  service: "superinstance-sync",
  version: "1",
  probes: {
    database: (env) => env.DB.prepare("SELECT 1").first(),
    locks: (env) => askState(env, NOBODY, (state) => state.busyMs()),
    knowledge: (env) => env.KNOWLEDGE_STORE.head(NOBODY),
    models: (env) => env.MODEL_CACHE.head(NOBODY),
    keys: (env) => keysAt(trust(env).jwksUrl).ready(),
  },
  dispensable: ["keys", "knowledge", "models"],
};
