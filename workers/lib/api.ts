import { Hono, type MiddlewareHandler } from "hono";

import { afterAnswer } from "./after_answer";
import { authenticate, requireScope, tokensOf, type Principal, type TokensEnv } from "./bearer";
import { ApiError } from "./errors";
import { describeError, log } from "./log";
import type { ApiContext, ApiEnv, ApiTypes, Route } from "./route";
import { crossOrigin, securityHeaders } from "./security";
import { variable } from "./variables";

type Handler<Env extends object> = (c: ApiContext<Env>) => Response | Promise<Response>;

/** What an API is made of. */
export interface ApiParts<Env extends object> {
  /** Where its routes begin: `/api/v1`. */
  base: string;
  /** Below which paths a token is wanted. Default: below the base. */
  guarded?: readonly string[];
  /** Says who asks. ApiError 401 when nobody does. Default: whoever `API_TOKENS` knows. */
  identify?: (c: ApiContext<Env>) => Promise<Principal>;
  /** What runs around everything, headers and log as well: it sees each answer as it goes out. Default: nothing. */
  around?: readonly MiddlewareHandler<ApiTypes<Env>>[];
  /** What runs ahead of all else, in order; headers and log are seen to. Default: nothing. */
  before?: readonly MiddlewareHandler<ApiTypes<Env>>[];
  /** Its addresses. Of those that fit a request, the first counts. */
  routes: readonly Route<Env>[];
  /** Answers `GET /health`, to everybody. */
  health: Handler<Env>;
  /** Answers `GET` of further paths, to everybody. Default: none. */
  open?: Readonly<Record<string, Handler<Env>>>;
}

/**
 * Return the router of an API: who may ask what, and how it is said when something is wrong.
 *
 * Every address under the guarded paths wants a bearer token. No answer is to be stored by caches unless it says
 * otherwise. Every answer has the headers of a platform host.
 */
export function createApi<Env extends ApiEnv>(parts: ApiParts<Env>): Hono<ApiTypes<Env>> {
  const { base, routes, guarded = [base], identify = knownByConfiguration, health } = parts;
  const { around = [], before = [], open = {} } = parts;
  const app = new Hono<ApiTypes<Env>>({ strict: false });
  const allowed = crossOrigin<Env>((env) => variable<ApiEnv>(env, "CORS_ORIGIN"));
  app.use(...around, keepUnlessSaid, securityHeaders(), allowed, logRequest, ...before);
  for (const path of guarded) app.use(`${path}/*`, identified(identify));
  for (const [path, handle] of Object.entries({ "/health": health, ...open })) {
    app.get(path, handle);
    app.all(path, methodNotAllowed(["GET"]));
  }
  for (const [path, those] of byPath(routes)) {
    for (const route of those) app.on(route.method, base + path, answer(route));
    app.all(base + path, methodNotAllowed(those.map((route) => route.method)));
  }
  app.notFound(() => new ApiError(404, "not_found", "there is nothing at this address").toResponse());
  app.onError(explain);
  return app;
}

/** Have every answer say whether it may be kept: one that says nothing may not, and is nobody else's. */
async function keepUnlessSaid<Env extends ApiEnv>(c: ApiContext<Env>, next: () => Promise<void>): Promise<void> {
  await next();
  if (!c.res.headers.has("Cache-Control")) c.res.headers.set("Cache-Control", "no-store");
}

function knownByConfiguration<Env extends ApiEnv>(c: ApiContext<Env>): Promise<Principal> {
  return authenticate(c.req.header("Authorization") ?? null, tokensOf(c.env as unknown as TokensEnv), Date.now());
}

function identified<Env extends ApiEnv>(
  identify: (c: ApiContext<Env>) => Promise<Principal>,
): (c: ApiContext<Env>, next: () => Promise<void>) => Promise<void> {
  return async (c, next) => {
    c.set("principal", await identify(c));
    await next();
  };
}

function answer<Env extends object>(route: Route<Env>): (c: ApiContext<Env>) => Promise<Response> {
  return async (c) => {
    try {
      requireScope(c.get("principal"), route.scope);
    } catch (error) {
      await route.refused?.(c);
      throw error;
    }
    return route.handle(c);
  };
}

/** Paths in the order of their first route: the router takes the first that fits. */
function byPath<Env extends object>(routes: readonly Route<Env>[]): Map<string, Route<Env>[]> {
  const paths = new Map<string, Route<Env>[]>();
  for (const route of routes) paths.set(route.path, [...(paths.get(route.path) ?? []), route]);
  return paths;
}

function methodNotAllowed(methods: readonly string[]): () => Response {
  const allowed = (methods.includes("GET") ? ["HEAD", ...methods] : methods).join(", ");
  const message = `this address takes ${allowed}`;
  return () => new ApiError(405, "method_not_allowed", message, { Allow: allowed }).toResponse();
}

/** Answer what the caller may know of *error*; the rest goes to the log. */
export function explain(error: Error): Response {
  if (error instanceof ApiError) return error.toResponse();
  log("error", "request_failed", describeError(error));
  return new ApiError(500, "internal_error", "something went wrong, it has been logged").toResponse();
}

async function logRequest<Env extends object>(c: ApiContext<Env>, next: () => Promise<void>): Promise<void> {
  const started = Date.now();
  await next();
  const milliseconds = Date.now() - started;
  afterAnswer(c, () => {
    log("info", "request", {
      method: c.req.method,
      path: new URL(c.req.url).pathname,
      status: c.res.status,
      milliseconds,
      token: (c.get("principal") as { tokenId: string } | undefined)?.tokenId ?? null,
    });
  });
}
