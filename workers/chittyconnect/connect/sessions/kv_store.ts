import type { SessionLimits } from "../config";
import type { SessionIndex } from "./index_table";
import { changed, isExpired, type ChangeResult, type Session, type SessionChange } from "./model";
import type { SessionStore } from "./store";

// KV refuses to forget anything sooner than in a minute, counted when the write arrives.
const KV_MIN_TTL_SECONDS = 90;

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

/**
 * Sessions held by KV: those below the rollout, and those created while the objects could not be
 * reached. KV is eventually consistent, the last writer wins: good enough for a fallback.
 */
export class KvSessionStore implements SessionStore {
  constructor(
    private readonly kv: KVNamespace,
    private readonly index: SessionIndex,
    private readonly limits: SessionLimits,
    private readonly now: () => number,
  ) {}

  async create(session: Session): Promise<Session | "exists"> {
    if ((await this.copy(session.sessionId)) !== undefined) return "exists";
    return this.keep({ ...session, store: "kv" });
  }

  async read(sessionId: string): Promise<Session | "absent"> {
    const session = await this.copy(sessionId);
    return session?.store === "kv" ? session : "absent";
  }

  async change(sessionId: string, change: SessionChange): Promise<ChangeResult> {
    const session = await this.read(sessionId);
    if (session === "absent") return "absent";
    const next = changed(session, change, this.now(), this.limits.maxBytes);
    return next === "too_large" ? next : this.keep(next);
  }

  async end(sessionId: string): Promise<boolean> {
    if ((await this.read(sessionId)) === "absent") return false;
    await this.kv.delete(sessionKey(sessionId));
    await this.index.remove(sessionId);
    return true;
  }

  /** What KV knows of a session, also when an object holds it. */
  copy(sessionId: string): Promise<Session | undefined> {
    return getSession(this.kv, sessionId, this.now());
  }

  private async keep(session: Session): Promise<Session> {
    await putSession(this.kv, session, this.now());
    await this.index.put(session);
    return session;
  }
}
