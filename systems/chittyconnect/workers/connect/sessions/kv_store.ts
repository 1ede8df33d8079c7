import { owns, type Owners } from "#lib/bearer";
import { within, type Clock } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { SessionLimits } from "../config";
import type { SessionIndex } from "./index_table";
import { changed, isExpired, type ChangeResult, type Session, type SessionChange } from "./model";
import type { Announced, SessionRevisions } from "./revisions";
import { UnreachableError, type SessionStore } from "./store";

// KV refuses to forget anything sooner than in a minute, counted when the write arrives.
const KV_MIN_TTL_SECONDS = 90;
const TIMEOUT_MS = 5_000;
// Longer than the second that KV wants between two writes, shorter than a caller waits.
const PATIENCE_MS = 5_000;
const MAX_ROUNDS = 60;
const TOO_SOON_PAUSE_MS = 400;
const CONFLICT_PAUSE_MS = 50;

/** Key of a session in KV: the session itself when KV holds it, else the object's copy. */
export function sessionKey(sessionId: string): string {
  return `session:${sessionId}`;
}

/** Write *session* under its key, to be forgotten once it is over. */
export async function putSession(kv: KVNamespace, session: Session, now: number): Promise<void> {
  const soonest = Math.ceil(now / 1000) + KV_MIN_TTL_SECONDS;
  const expiration = Math.max(Math.ceil(Date.parse(session.expiresAt) / 1000), soonest);
  await kv.put(sessionKey(session.sessionId), JSON.stringify(session), { expiration });
}

/** What stands under the key of a session, whoever holds it; `undefined` when it is over. */
export async function getSession(
  kv: KVNamespace,
  sessionId: string,
  now: number,
): Promise<Session | undefined> {
  const session = await kv.get<Session>(sessionKey(sessionId), "json");
  return session === null || isExpired(session, now) ? undefined : session;
}

/** Somebody else changed the session meanwhile, or KV does not show the last change yet. */
class ConflictError extends Error {
  constructor() {
    super("the session was changed meanwhile");
    this.name = "ConflictError";
  }
}

/** Whether KV refused a write because the last one under the key is less than a second old. */
function isTooSoon(error: unknown): boolean {
  return error instanceof Error && /\b429\b/.test(error.message);
}

/**
 * Sessions held by KV: those below the rollout, and those created while the objects could not be
 * reached. KV is eventually consistent, and takes what the last writer says: a session is compared and
 * set by its row in the index, so one creation wins and no change is lost.
 *
 * Whatever KV or the index throws means that it cannot serve: UnreachableError. A write that KV
 * refuses for coming within a second of the last waits for its turn, and so does one that comes second.
 */
export class KvSessionStore implements SessionStore {
  constructor(
    private readonly kv: KVNamespace,
    private readonly index: SessionIndex,
    private readonly revisions: SessionRevisions,
    private readonly limits: SessionLimits,
    private readonly clock: Clock,
  ) {}

  async create(session: Session): Promise<Session | "exists"> {
    const held: Session = { ...session, store: "kv" };
    const created = await this.attempt(async () => {
      if ((await this.find(session.sessionId)) !== undefined) return "exists";
      const announced = await this.revisions.begin(held);
      if (announced === undefined) return "exists";
      await this.orUndo(() => this.write(held), () => this.revisions.forget(announced));
      return held;
    });
    if (created !== "exists") await this.sweep();
    return created;
  }

  async read(sessionId: string, owners: Owners): Promise<Session | "absent"> {
    return this.attempt(() => this.held(sessionId, owners));
  }

  async change(sessionId: string, change: SessionChange, owners: Owners): Promise<ChangeResult> {
    return this.attempt(async () => {
      const session = await this.held(sessionId, owners);
      if (session === "absent") return session;
      const next = changed(session, change, this.clock.now(), this.limits.maxBytes);
      if (next === "too_large") return next;
      await this.replace(session, next, () => this.write(next));
      return next;
    });
  }

  async end(sessionId: string, owners: Owners): Promise<boolean> {
    return this.attempt(async () => {
      const session = await this.held(sessionId, owners);
      if (session === "absent") return false;
      const last = { ...session, revision: session.revision + 1 };
      const announced = await this.replace(session, last, () => this.kv.delete(sessionKey(sessionId)));
      await this.orLog(() => this.revisions.forget(announced));
      return true;
    });
  }

  /** What KV knows of a session, also when an object holds it. */
  copy(sessionId: string): Promise<Session | undefined> {
    return this.attempt(() => this.find(sessionId));
  }

  /** Whether KV holds the session; while KV is out, whether the index says so. */
  async holds(sessionId: string): Promise<boolean> {
    try {
      return (await this.read(sessionId, null)) !== "absent";
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      log("warn", "session_kv_not_asked", { ...describeError(error.cause), sessionId });
      return (await this.index.holder(sessionId)) === "kv";
    }
  }

  private find(sessionId: string): Promise<Session | undefined> {
    return getSession(this.kv, sessionId, this.clock.now());
  }

  private async held(sessionId: string, owners: Owners): Promise<Session | "absent"> {
    const session = await this.find(sessionId);
    return session?.store === "kv" && owns(owners, session.chittyId) ? session : "absent";
  }

  private async write(session: Session): Promise<void> {
    await putSession(this.kv, session, this.clock.now());
  }

  /** Have *act* bring KV from *session* to *next*; ConflictError when *session* is not the last one. */
  private async replace(session: Session, next: Session, act: () => Promise<void>): Promise<Announced> {
    const announced = await this.revisions.advance(next);
    if (announced === undefined) throw new ConflictError();
    await this.orUndo(act, () => this.revisions.takeBack(announced, session));
    return announced;
  }

  /** What cannot be undone is found out in time: see `LOST_AFTER_MS`. */
  private async orUndo(act: () => Promise<void>, undo: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      await this.orLog(undo);
      throw error;
    }
  }

  private sweep(): Promise<void> {
    return this.orLog(() => this.index.sweep());
  }

  private async orLog(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      log("warn", "session_index_unavailable", describeError(error));
    }
  }

  /** *act*, and again, what it read included, while it comes too soon or second. */
  private async attempt<T>(act: () => Promise<T>): Promise<T> {
    const deadline = this.clock.now() + PATIENCE_MS;
    for (let round = 1; ; round++) {
      try {
        return await within(TIMEOUT_MS, act());
      } catch (error) {
        const pause = pauseAfter(error, round);
        const isLate = this.clock.now() + pause > deadline || round === MAX_ROUNDS;
        if (isLate) throw new UnreachableError(error);
        await this.clock.sleep(pause);
      }
    }
  }
}

/** Milliseconds until it may do better, drawn so that those who met do not meet again. */
function pauseAfter(error: unknown, round: number): number {
  if (error instanceof ConflictError) return CONFLICT_PAUSE_MS * Math.min(round, 6) * Math.random();
  return isTooSoon(error) ? TOO_SOON_PAUSE_MS : Number.POSITIVE_INFINITY;
}
