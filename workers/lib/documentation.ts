import { openApi, type Reference } from "./openapi";
import { referencePage } from "./reference_page";
import type { ApiContext } from "./route";

const SECONDS = 300;

/** Return what answers `/docs` and `/docs/openapi.json`, to everybody: *reference* as a page, and for programs. */
export function documentation<Env extends object>(reference: Reference<Env>): Record<string, (c: ApiContext<Env>) => Response> {
  return {
    "/docs": (c) => answer(c, "text/plain; charset=utf-8", referencePage(reference)),
    "/docs/openapi.json": (c) => answer(c, "application/json", JSON.stringify(openApi(reference))),
  };
}

function answer<Env extends object>(c: ApiContext<Env>, contentType: string, text: string): Response {
  return c.body(text, 200, { "Content-Type": contentType, "Cache-Control": `public, max-age=${SECONDS}` });
}
