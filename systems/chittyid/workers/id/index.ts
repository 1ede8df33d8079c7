import { createApp } from "./app";
import type { Env } from "./env";

const app = createApp();

/** ChittyID: mints ids, validates them, and issues the tokens that may. */
export default {
  fetch(request, env, ctx): Promise<Response> | Response {
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
