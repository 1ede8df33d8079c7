import type { ApiContext } from "#lib/route";
import type { Env } from "../env";
import { SCOPES } from "../route";

const SECONDS = 3600;

/** Say what guards `/mcp` (RFC 9728): bearer tokens, which nobody but the platform issues. */
export function resourceMetadata(c: ApiContext<Env>): Response {
  const answer = {
    resource: `${c.env.OWN_ORIGIN}/mcp`,
    resource_name: "Project Awareness",
    bearer_methods_supported: ["header"],
    scopes_supported: [...SCOPES],
    resource_documentation: `${c.env.OWN_ORIGIN}/docs`,
  };
  return c.json(answer, 200, { "Cache-Control": `public, max-age=${SECONDS}` });
}
