import { CLOCK } from "#lib/clock";
import type { HealthParts } from "#lib/health";
import { journalOf } from "./calls/call";
import type { Env } from "./env";
import { catalog } from "./models/catalog";

const NOBODY = "health";

/** What the router needs. Providers are not asked: each would bill it, and one that is out has another beside it. */
export const HEALTH: HealthParts<Env> = {
  service: "superinstance-router",
  version: "1",
  probes: {
    api_keys: (env) => env.API_KEYS.get(NOBODY),
    journal: (env) => journalOf(env, NOBODY).standing(NOBODY, 1),
    models: (env) => hasModels(env),
    sessions: (env) => env.SESSIONS.list(NOBODY, { limit: 1 }),
    billing: async (env) => {
      const answer = await env.BILLING.fetch("https://billing/balance?account_id=health");
      if (!answer.ok) throw new Error(`billing answers ${answer.status}`);
    },
  },
  // What billing cannot be told now the journal keeps; questions without a session need none.
  dispensable: ["billing", "sessions"],
};

function hasModels(env: Env): Promise<void> {
  if (catalog(env, CLOCK.now()).length > 0) return Promise.resolve();
  return Promise.reject(new Error("no model has a price yet"));
}
