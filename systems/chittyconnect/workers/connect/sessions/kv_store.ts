import { within, type Clock } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { SessionLimits } from "../config";
import type { SessionIndex } from "./index_table";
import { changed, isExpired, type ChangeResult, type Session, type SessionChange } from "./model";
import { UnreachableError, type SessionStore } from "./store";

// KV refuses to forget anything sooner than in a minute, counted when the write arrives.
const KV_MIN_TTL_SECONDS = 90;
const TIMEOUT_MS = 5_000;
// Together longer than the second that KV wants between two writes, shorter than a caller waits.
const PAUSES_MS: readonly number[] = [400, 400, 500];

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

/** Whether KV refused a write because the last one under the key is less than a second old. */
function isTooSoon(error: unknown): boolean {
  return error instanceof Error && /\b429\b/.test(error.message);
}

/**
 * Sessions held by KV: those below the rollout, and those created while the objects could not be
 * reached. KV is eventually consistent, the last writer wins: good enough for a fallback.
 *
 * Whatever KV throws means that it cannot serve: UnreachableError. A write that it refuses for
 * coming within a second of the last waits for its turn, a second or so.
 */
export class KvSessionStore implements SessionStore {
  constructor(
    private readonly kv: KVNamespace,
    private readonly index: SessionIndex,
    private readonly limits: SessionLimits,
    private readonly clock: Clock,
  ) {}

  async create(session: Session): Promise<Session | "exists"> {
    const held: Session = { ...session, store: "kv" };
    const created = await this.attempt(async () => {
      if ((await this.find(session.sessionId)) !== undefined) return "exists";
      return this.write(held);
    });
    return created === "exists" ? created : this.list(created);
  }

  async read(sessionId: string): Promise<Session | "absent"> {
    return this.attempt(() => this.own(sessionId));
  }

  async change(sessionId: string, change: SessionChange): Promise<ChangeResult> {
    const result = await this.attempt(async () => {
      const session = await this.own(sessionId);
      if (session === "absent") return session;
      const next = changed(session, change, this.clock.now(), this.limits.maxBytes);
      return next === "too_large" ? next : this.write(next);
    });
    return typeof result === "string" ? result : this.list(result);
  }

  async end(sessionId: string): Promise<boolean> {
    const ended = await this.attempt(async () => {
      if ((await this.own(sessionId)) === "absent") return false;
      await this.kv.delete(sessionKey(sessionId));
      return true;
    });
    if (ended) await this.index.remove(sessionId);
    return ended;
  }

  /** What KV knows of a session, also when an object holds it. */
  copy(sessionId: string): Promise<Session | undefined> {
    return this.attempt(() => this.find(sessionId));
  }

  /** Whether KV holds the session; while KV is out, whether the index says so. */
  async holds(sessionId: string): Promise<boolean> {
    try {
      return (await this.read(sessionId)) !== "absent";
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      log("warn", "session_kv_not_asked", { ...describeError(error.cause), sessionId });
      return (await this.index.holder(sessionId)) === "kv";
    }
  }

  private find(sessionId: string): Promise<Session | undefined> {
    return getSession(this.kv, sessionId, this.clock.now());
  }

  private async own(sessionId: string): Promise<Session | "absent"> {
    const session = await this.find(sessionId);
    return session?.store === "kv" ? session : "absent";
  }

  private async write(session: Session): Promise<Session> {
    await putSession(this.kv, session, this.clock.now());
    return session;
  }

  private async list(session: Session): Promise<Session> {
    await this.index.put(session);
    return session;
  }

  /** *act*, and again, what it read included, while it comes too soon after the last write. */
  private async attempt<T>(act: () => Promise<T>, pauses = PAUSES_MS): Promise<T> {
    try {
      return await within(TIMEOUT_MS, act());
    } catch (error) {
      const [pause, ...rest] = pauses;
      if (pause === undefined || !isTooSoon(error)) throw new UnreachableError(error);
      await this.clock.sleep(pause);
      return this.attempt(act, rest);
    }
  }
}
