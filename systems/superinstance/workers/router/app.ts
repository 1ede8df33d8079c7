import type { Hono } from "hono";

import { createApi } from "#lib/api";
import { healthHandler } from "#lib/health";
import { openApi } from "#lib/openapi";
import { referencePage } from "#lib/reference_page";
import type { ApiContext, ApiTypes } from "#lib/route";
import type { Env } from "./env";
import { HEALTH } from "./health";
import { identify } from "./principal";
import { REFERENCE } from "./reference";
import { GUARDED, ROUTES } from "./routes";

const DOCS_SECONDS = 300;

/** Return what answers for SuperInstance. */
export function createApp(): Hono<ApiTypes<Env>> {
  return createApi<Env>({
    base: "",
    guarded: GUARDED,
    identify,
    routes: ROUTES,
    health: healthHandler(HEALTH),
    open: {
      "/docs": (c) => documentation(c, "text/plain; charset=utf-8", referencePage(REFERENCE)),
      "/docs/openapi.json": (c) => documentation(c, "application/json", JSON.stringify(openApi(REFERENCE))),
    },
  });
}

function documentation(c: ApiContext<Env>, contentType: string, text: string): Response {
  return c.body(text, 200, { "Content-Type": contentType, "Cache-Control": `public, max-age=${DOCS_SECONDS}` });
}
