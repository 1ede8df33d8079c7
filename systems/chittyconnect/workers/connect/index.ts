import { answerAtDoor, objectsOf } from "#lib/backup/door";
import { createApp } from "./app";
import { consume } from "./documents/consumer";
import type { DocumentEvent } from "./documents/events";
import type { Env } from "./env";

export { SessionStateDO } from "./sessions/object/session_do";

const app = createApp();

/** ChittyConnect: sessions, documents and credentials over HTTP, document events from the queue. */
export default {
  fetch(request, env, ctx): Promise<Response> | Response {
    const copied = { SessionStateDO: objectsOf(env.SESSION_STATE) };
    return answerAtDoor(request, env.BACKUP_KEY, copied) ?? app.fetch(request, env, ctx);
  },

  async queue(batch, env): Promise<void> {
    await consume(batch, env);
  },
} satisfies ExportedHandler<Env, DocumentEvent>;
