import { createApp } from "./app";
import type { Env } from "./env";

export { SyncState } from "./lock/state";

const app = createApp();

/** Sync of SuperInstance: what a user has on several devices, pushed and pulled. */
export default {
  fetch(request, env, ctx): Promise<Response> | Response {
    return app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
