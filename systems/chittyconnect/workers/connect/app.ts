import { Hono } from "hono";

import { authenticate, parseTokens, requireScope } from "#lib/bearer";
import { ApiError } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { CREDENTIAL_ROUTES } from "./credentials/routes";
import { DOCUMENT_ROUTES } from "./documents/routes";
import { healthHandler } from "./health";
import type { AppContext, AppEnv, Route } from "./route";
import { SESSION_ROUTES } from "./sessions/routes";

const API = "/api/v1";
/** Everything under `/api/v1`. */
export const ROUTES: readonly Route[] = [...SESSION_ROUTES, ...DOCUMENT_ROUTES, ...CREDENTIAL_ROUTES];

/** The router: who may ask what, and how it is said when something is wrong. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>({ strict: false });
  app.use(logRequest);
  app.use(`${API}/*`, identify);
  app.get("/health", healthHandler());
  app.all("/health", methodNotAllowed(["GET"]));
  for (const [path, routes] of routesByPath()) {
    for (const route of routes) app.on(route.method, path, answer(route));
    app.all(path, methodNotAllowed(routes.map((route) => route.method)));
  }
  app.notFound(() => new ApiError(404, "not_found", "there is nothing at this address").toResponse());
  app.onError(explain);
  return app;
}

async function identify(c: AppContext, next: () => Promise<void>): Promise<void> {
  const tokens = parseTokens(c.env.API_TOKENS);
  c.set("principal", await authenticate(c.req.header("Authorization") ?? null, tokens, Date.now()));
  await next();
}

function answer(route: Route): (c: AppContext) => Promise<Response> {
  return (c) => {
    try {
      requireScope(c.get("principal"), route.scope);
    } catch (error) {
      route.refused?.(c);
      throw error;
    }
    return route.handle(c);
  };
}

/** Paths in the order of their first route: the router takes the first that fits. */
function routesByPath(): Map<string, Route[]> {
  const routes = new Map<string, Route[]>();
  for (const route of ROUTES) {
    const path = API + route.path;
    routes.set(path, [...(routes.get(path) ?? []), route]);
  }
  return routes;
}

function methodNotAllowed(methods: readonly string[]): () => Response {
  const allowed = methods.includes("GET") ? ["HEAD", ...methods] : methods;
  return () =>
    new ApiError(405, "method_not_allowed", `this address takes ${allowed.join(", ")}`, {
      Allow: allowed.join(", "),
    }).toResponse();
}

/** What the caller may know of *error*; the rest goes to the log. */
function explain(error: Error): Response {
  if (error instanceof ApiError) return error.toResponse();
  log("error", "request_failed", describeError(error));
  return new ApiError(500, "internal_error", "something went wrong, it has been logged").toResponse();
}

async function logRequest(c: AppContext, next: () => Promise<void>): Promise<void> {
  const started = Date.now();
  await next();
  log("info", "request", {
    method: c.req.method,
    path: new URL(c.req.url).pathname,
    status: c.res.status,
    milliseconds: Date.now() - started,
    token: (c.get("principal") as { tokenId: string } | undefined)?.tokenId ?? null,
  });
}
