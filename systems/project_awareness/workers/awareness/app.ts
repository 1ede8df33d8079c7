import type { Hono } from "hono";

import { createApi } from "#lib/api";
import { healthHandler } from "#lib/health";
import { openApi } from "#lib/openapi";
import { referencePage } from "#lib/reference_page";
import type { ApiContext, ApiTypes } from "#lib/route";
import { counter } from "./analytics/events";
import type { Env } from "./env";
import { HEALTH } from "./health";
import { asset, info } from "./info";
import { limiter } from "./limits/guard";
import { answerMcp } from "./mcp/endpoint";
import { resourceMetadata } from "./mcp/metadata";
import { identify } from "./principal";
import { REFERENCE } from "./reference";
import { GUARDED, ROUTES } from "./routes";

const DOCS_SECONDS = 300;

/** Return the router of Project Awareness. */
export function createApp(): Hono<ApiTypes<Env>> {
  const app = createApi<Env>({
    base: "",
    guarded: GUARDED,
    identify,
    around: [counter(GUARDED)],
    before: [limiter()],
    routes: ROUTES,
    health: healthHandler(HEALTH),
    open: {
      "/api/info": info,
      "/static/*": asset,
      "/docs": (c) => documentation(c, "text/plain; charset=utf-8", referencePage(REFERENCE)),
      "/docs/openapi.json": (c) => documentation(c, "application/json", JSON.stringify(openApi(REFERENCE))),
      "/.well-known/oauth-protected-resource/mcp": resourceMetadata,
    },
  });
  app.all("/mcp", answerMcp);
  return app;
}

function documentation(c: ApiContext<Env>, contentType: string, text: string): Response {
  return c.body(text, 200, { "Content-Type": contentType, "Cache-Control": `public, max-age=${DOCS_SECONDS}` });
}
