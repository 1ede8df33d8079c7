import type { Hono } from "hono";

import { createApi } from "#lib/api";
import { documentation } from "#lib/documentation";
import { healthHandler } from "#lib/health";
import type { ApiTypes } from "#lib/route";
import type { Env } from "./env";
import { HEALTH } from "./health";
import { identify } from "./identity/token";
import { REFERENCE } from "./reference";
import { BASE, ROUTES } from "./routes";

/** Return what answers for sync. */
export function createApp(): Hono<ApiTypes<Env>> {
  return createApi<Env>({ base: BASE, identify, routes: ROUTES, health: healthHandler(HEALTH), open: documentation(REFERENCE) });
}
