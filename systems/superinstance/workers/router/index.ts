import { answerAtDoor, objectsOf } from "#lib/backup/door";
import { createApp } from "./app";
import type { Env } from "./env";

export { CallJournal } from "./calls/journal";

const app = createApp();

/** Router of SuperInstance: asks the models of providers for its callers, and has billing told of each answer. */
export default {
  fetch(request, env, ctx): Promise<Response> | Response {
    const copied = { CallJournal: objectsOf(env.CALLS), SessionState: env.SESSIONS };
    return answerAtDoor(request, env.BACKUP_KEY, copied) ?? app.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
