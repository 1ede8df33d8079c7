import { corsHeaders, isPreflight, preflight } from "#lib/cors";
import { SECURITY_HEADERS, withHeaders } from "#lib/headers";
import { createApp } from "./app";
import { variable } from "./config";
import { consume } from "./documents/consumer";
import type { DocumentEvent } from "./documents/events";
import type { Env } from "./env";

export { SessionStateDO } from "./sessions/object/session_do";

const app = createApp();

/** ChittyConnect: sessions, documents and credentials over HTTP, document events from the queue. */
export default {
  async fetch(request, env, ctx): Promise<Response> {
    const response = isPreflight(request) ? preflight() : await app.fetch(request, env, ctx);
    const cors = corsHeaders(variable(env, "CORS_ORIGIN"), request.headers.get("Origin"));
    return withHeaders(response, { ...SECURITY_HEADERS, ...cors });
  },

  async queue(batch, env): Promise<void> {
    await consume(batch, env);
  },
} satisfies ExportedHandler<Env, DocumentEvent>;
