import type { Hono } from "hono";

import { createApi } from "#lib/api";
import { healthHandler, type HealthParts } from "#lib/health";
import type { ApiTypes, Route } from "#lib/route";
import { probeServer } from "./credentials/retrieve";
import { CREDENTIAL_ROUTES } from "./credentials/routes";
import { DOCUMENT_ROUTES } from "./documents/routes";
import type { Env } from "./env";
import { DurableSessionStore, locateIn } from "./sessions/durable_store";
import { SESSION_ROUTES } from "./sessions/routes";

/** Where the routes begin. */
export const BASE = "/api/v1";

/** Everything under the base. */
export const ROUTES: readonly Route<Env>[] = [...SESSION_ROUTES, ...DOCUMENT_ROUTES, ...CREDENTIAL_ROUTES];

const HEALTH: HealthParts<Env> = {
  service: "chittyconnect",
  version: "0.1.0",
  probes: {
    credential_store: (env) => probeServer(env),
    database: (env) => env.DB.prepare("SELECT 1").first(),
    durable_objects: (env) => new DurableSessionStore(locateIn(env.SESSION_STATE)).probe(),
    kv: (env) => env.TOKEN_KV.get("health"),
    storage: (env) => env.DOCUMENT_STORAGE.head("health"),
  },
  // Without objects sessions fall back to KV; without the store nothing but credentials is missing.
  dispensable: ["durable_objects", "credential_store"],
};

/** Return the router of ChittyConnect. */
export function createApp(): Hono<ApiTypes<Env>> {
  return createApi<Env>({ base: BASE, routes: ROUTES, health: healthHandler(HEALTH) });
}
