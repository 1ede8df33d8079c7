import { vi } from "vitest";

import { FakeNamespace } from "#lib/testing/namespace";
import type { Env } from "./env";
import { Sessions } from ".";
import { SessionState } from "./object";

export const USER = "acme";

/** Session-state in memory. */
export class Harness {
  readonly objects = new FakeNamespace<SessionState>((state) => new SessionState(state, this.env));
  readonly variables = { SESSIONS_PER_USER: "1000", MESSAGES_PER_SESSION: "1000", RECALLED_MESSAGES: "40" };
  private seconds = 0;

  get env(): Env {
    return { SESSION_STATE: this.objects.binding as Env["SESSION_STATE"], ...this.variables };
  }

  /** What other workers are bound to. */
  get sessions(): Sessions {
    return new Sessions({} as ExecutionContext, this.env);
  }

  /** Rows of the database of *user*. */
  own(sql: string, user = USER): Record<string, unknown>[] {
    return this.objects.states.get(user)?.rows(sql) ?? [];
  }

  /** Have a second pass, so that what comes next is later. */
  tick(): void {
    this.seconds += 1;
    vi.setSystemTime(Date.parse("2026-11-29T12:00:00Z") + 1_000 * this.seconds);
  }

  /** Add messages of the user in turn, by their ids. */
  async say(sessionId: string, ...messageIds: string[]): Promise<void> {
    for (const messageId of messageIds) {
      this.tick();
      await this.sessions.addMessage(USER, sessionId, { messageId, role: "user", content: `says ${messageId}` });
    }
  }
}
