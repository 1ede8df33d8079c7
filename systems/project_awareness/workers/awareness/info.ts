import { notFound } from "#lib/errors";
import type { ApiContext } from "#lib/route";
import { assets } from "./assets/assets";
import type { Env } from "./env";
import { ROUTES } from "./routes";

export const SERVICE = "project-awareness";
export const VERSION = "0.1.0";

const INFO_SECONDS = 300;
const YEAR_SECONDS = 31_536_000;

/** Say what the service is, to everybody. */
export async function info(c: ApiContext<Env>): Promise<Response> {
  const { CHITTY_REGISTRY_URL, CHITTYCHAT_API_URL, CHITTYID_API_URL } = c.env;
  const answer = {
    name: SERVICE,
    version: VERSION,
    endpoints: ROUTES.map(({ method, path }) => `${method} ${path}`),
    mcp: "/mcp",
    openapi: "/docs/openapi.json",
    static: (await assets()).map(({ name }) => `/static/${name}`),
    services: { registry: CHITTY_REGISTRY_URL, chittychat: CHITTYCHAT_API_URL, chittyid: CHITTYID_API_URL },
  };
  return c.json(answer, 200, { "Cache-Control": `public, max-age=${INFO_SECONDS}` });
}

/** Answer a file under `/static`, for a year: it never changes under its name. */
export async function asset(c: ApiContext<Env>): Promise<Response> {
  const name = c.req.path.slice("/static/".length);
  const found = (await assets()).find((each) => each.name === name);
  if (found === undefined) throw notFound("file");
  const caching = `public, max-age=${YEAR_SECONDS}, immutable`;
  return c.body(found.text, 200, { "Content-Type": found.contentType, "Cache-Control": caching });
}
