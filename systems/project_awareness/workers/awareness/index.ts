import { answerAtDoor, objectsOf } from "#lib/backup/door";
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
    const copied = {
      ProjectAwarenessDurableObject: objectsOf(env.PROJECT_AWARENESS_DO),
      SessionSyncDurableObject: objectsOf(env.SESSION_SYNC_DO),
    };
    return answerAtDoor(request, env.BACKUP_KEY, copied) ?? onAnyHost(request, (own) => app.fetch(own, env, ctx));
  },
} satisfies ExportedHandler<Env>;
