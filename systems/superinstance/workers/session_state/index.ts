import { WorkerEntrypoint } from "cloudflare:workers";

import { objectsOf, type Copying } from "#lib/backup/door";
import { ApiError } from "#lib/errors";
import type { Added, Change, Listed, MessagePage, NewMessage, Recalled, Refused, Session, SessionPage, SessionsApi, Summary, Turn } from "./api";
import type { Env } from "./env";

export { SessionState } from "./object";

/** What other workers are bound to. No host leads here. */
export class Sessions extends WorkerEntrypoint<Env> implements SessionsApi, Copying {
  get(userId: string, sessionId: string, page?: MessagePage): Promise<Session | "absent"> {
    return this.of(userId).get(userId, sessionId, page);
  }

  addMessage(userId: string, sessionId: string, message: NewMessage): Promise<Added | Refused> {
    return this.of(userId).addMessage(userId, sessionId, message);
  }

  updateContext(userId: string, sessionId: string, change: Change): Promise<Summary | Refused> {
    return this.of(userId).updateContext(userId, sessionId, change);
  }

  list(userId: string, page?: SessionPage): Promise<Listed> {
    return this.of(userId).list(userId, page);
  }

  delete(userId: string, sessionId: string): Promise<boolean> {
    return this.of(userId).delete(userId, sessionId);
  }

  clear(userId: string, sessionId: string): Promise<Summary | "absent"> {
    return this.of(userId).clear(userId, sessionId);
  }

  recall(userId: string, sessionId: string, requestId: string): Promise<Recalled> {
    return this.of(userId).recall(userId, sessionId, requestId);
  }

  remember(userId: string, sessionId: string, turn: Turn): Promise<"remembered" | Refused> {
    return this.of(userId).remember(userId, sessionId, turn);
  }

  copyOut(...given: Parameters<Copying["copyOut"]>): ReturnType<Copying["copyOut"]> {
    return objectsOf(this.env.SESSION_STATE).copyOut(...given);
  }

  copyIn(...given: Parameters<Copying["copyIn"]>): ReturnType<Copying["copyIn"]> {
    return objectsOf(this.env.SESSION_STATE).copyIn(...given);
  }

  empty(...given: Parameters<Copying["empty"]>): ReturnType<Copying["empty"]> {
    return objectsOf(this.env.SESSION_STATE).empty(...given);
  }

  /** The one object that has the sessions of a user. */
  private of(userId: string): SessionsApi {
    return this.env.SESSION_STATE.getByName(userId);
  }
}

/** Sessions of SuperInstance: what was said in each conversation of a user. */
export default {
  fetch(): Response {
    return new ApiError(404, "not_found", "sessions are asked for at the router, below /v1/sessions").toResponse();
  },
} satisfies ExportedHandler<Env>;
