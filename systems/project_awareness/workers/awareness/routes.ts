import type { Route } from "#lib/route";
import { AUTH_ROUTES } from "./auth/routes";
import type { Env } from "./env";
import { PROJECT_ROUTES } from "./projects/routes";
import { SESSION_ROUTES } from "./sessions/routes";

/** Below which paths somebody has to be known. */
export const GUARDED = ["/api/auth", "/api/projects", "/api/sessions", "/ws", "/mcp"] as const;

/** Everything below them, but for `/mcp`. */
export const ROUTES: readonly Route<Env>[] = [...AUTH_ROUTES, ...PROJECT_ROUTES, ...SESSION_ROUTES];
