import type { Owners } from "#lib/bearer";
import type { ChangeResult, Session, SessionChange } from "./model";

/**
 * One of the two places where sessions live. An expired session is absent, and so is one of somebody
 * whom *owners* do not have among them.
 */
export interface SessionStore {
  /** Keep *session*. `exists`: there is one of this id already, nothing was changed. */
  create(session: Session): Promise<Session | "exists">;
  read(sessionId: string, owners: Owners): Promise<Session | "absent">;
  change(sessionId: string, change: SessionChange, owners: Owners): Promise<ChangeResult>;
  /** End the session. `false`: there was none. */
  end(sessionId: string, owners: Owners): Promise<boolean>;
}

/** The store did not answer: whether it holds a session is not known. */
export class UnreachableError extends Error {
  constructor(cause: unknown) {
    super("the session store cannot be reached", { cause });
    this.name = "UnreachableError";
  }
}
