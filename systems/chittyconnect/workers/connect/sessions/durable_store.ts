import type { Owners } from "#lib/bearer";
import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { ChangeResult, Session, SessionChange } from "./model";
import type { ObjectMetrics } from "./object/metrics";
import { UnreachableError, type SessionStore } from "./store";

/** What a session's object answers. The stub's own type cannot express recursive JSON. */
export interface SessionObject {
  create(session: Session): Promise<Session | "exists">;
  read(owners: Owners): Promise<Session | "absent">;
  change(change: SessionChange, owners: Owners): Promise<ChangeResult>;
  end(owners: Owners): Promise<boolean>;
  metrics(owners: Owners): Promise<ObjectMetrics | "absent">;
  probe(): Promise<void>;
  fetch(request: Request): Promise<Response>;
}

/** Finds the object of a session. */
export type Locate = (sessionId: string) => SessionObject;

/** Longer than any answer of an object takes, shorter than a caller waits. */
const TIMEOUT_MS = 5_000;
// A creation waits for this on top of its own work.
const BRIEF_MS = 1_000;

/** Objects of *namespace*, one a session. */
export function locateIn(namespace: DurableObjectNamespace): Locate {
  return (sessionId) =>
    namespace.get(namespace.idFromName(sessionId)) as unknown as SessionObject;
}

/**
 * Sessions held by Durable Objects.
 *
 * An object answers every expected case by value. Whatever it throws means that it cannot serve:
 * UnreachableError.
 */
export class DurableSessionStore implements SessionStore {
  constructor(
    private readonly locate: Locate,
    private readonly timeout = TIMEOUT_MS,
  ) {}

  create(session: Session): Promise<Session | "exists"> {
    return this.reach(session.sessionId, (object) =>
      object.create({ ...session, store: "durable_object" }),
    );
  }

  read(sessionId: string, owners: Owners): Promise<Session | "absent"> {
    return this.reach(sessionId, (object) => object.read(owners));
  }

  /** Whether the object holds the session. One that cannot be reached soon is taken to hold none. */
  async holds(sessionId: string): Promise<boolean> {
    try {
      const brief = Math.min(BRIEF_MS, this.timeout);
      return (await this.reach(sessionId, (object) => object.read(null), brief)) !== "absent";
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      log("warn", "session_object_not_asked", { ...describeError(error.cause), sessionId });
      return false;
    }
  }

  change(sessionId: string, change: SessionChange, owners: Owners): Promise<ChangeResult> {
    return this.reach(sessionId, (object) => object.change(change, owners));
  }

  end(sessionId: string, owners: Owners): Promise<boolean> {
    return this.reach(sessionId, (object) => object.end(owners));
  }

  metrics(sessionId: string, owners: Owners): Promise<ObjectMetrics | "absent"> {
    return this.reach(sessionId, (object) => object.metrics(owners));
  }

  /** Hand an upgrade to the object; it answers 101, or why not. */
  connect(sessionId: string, request: Request): Promise<Response> {
    return this.reach(sessionId, (object) => object.fetch(request));
  }

  /** Whether an object can be reached at all. */
  probe(): Promise<void> {
    return this.reach("health", (object) => object.probe());
  }

  private async reach<T>(
    sessionId: string,
    ask: (object: SessionObject) => Promise<T>,
    timeout = this.timeout,
  ): Promise<T> {
    try {
      return await within(timeout, ask(this.locate(sessionId)));
    } catch (error) {
      throw new UnreachableError(error);
    }
  }
}
