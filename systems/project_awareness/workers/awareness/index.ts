import { createApp } from "./app";
import type { Env } from "./env";
import { onAnyHost } from "./shared_host";

export { AddressGuardDurableObject } from "./limits/guard_object";
export { ProjectAwarenessDurableObject } from "./projects/object";
export { SessionSyncDurableObject } from "./sessions/object";

const app = createApp();

/** Project Awareness: which project an assistant works on, told to all assistants of one owner. */
export default {
  fetch(request, env, ctx): Promise<Response> {
    return onAnyHost(request, (own) => app.fetch(own, env, ctx));
  },
} satisfies ExportedHandler<Env>;
