import index from "../../../migrations/chittyconnect/004_session_index.sql?raw";
import revisions from "../../../migrations/chittyconnect/005_session_revisions.sql?raw";
import { owns, type Owners } from "#lib/bearer";
import { FakeClock } from "#lib/testing/clock";
import { FakeD1 } from "#lib/testing/d1";
import { FakeKv } from "#lib/testing/kv";
import type { SessionLimits } from "../config";
import { DurableSessionStore, type SessionObject } from "./durable_store";
import { SessionIndex } from "./index_table";
import { KvSessionStore, putSession } from "./kv_store";
import { changed, newSession, type Session } from "./model";
import { SessionRevisions } from "./revisions";
import { SessionService } from "./service";

export const LIMITS: SessionLimits = { ttlSeconds: 600, maxBytes: 1000 };

/** Objects that keep their session in memory, with the copy in KV that real ones keep. */
class FakeObjects {
  readonly sessions = new Map<string, Session>();
  /** How asking fails, if it does. */
  outage: "before" | "after" | "silent" | undefined;
  /** Whether their copies reach KV. */
  publishes = true;

  constructor(private readonly kv: FakeKv) {}

  readonly locate = (id: string): SessionObject =>
    ({
      create: (session: Session) => this.act(() => this.keep(session, "exists")),
      read: (owners: Owners) => this.act(() => this.held(id, owners) ?? "absent"),
      change: (change: object, owners: Owners) =>
        this.act(() => {
          const session = this.held(id, owners);
          if (session === undefined) return "absent";
          const next = changed(session, change, Date.now(), LIMITS.maxBytes);
          if (next !== "too_large") this.sessions.set(id, next);
          return next;
        }),
      end: (owners: Owners) => this.act(() => this.held(id, owners) !== undefined && this.sessions.delete(id)),
      metrics: () => this.act(() => "absent"),
      fetch: () => this.act(() => new Response(null, { status: this.sessions.has(id) ? 200 : 404 })),
    }) as unknown as SessionObject;

  private held(id: string, owners: Owners): Session | undefined {
    const session = this.sessions.get(id);
    return session !== undefined && owns(owners, session.chittyId) ? session : undefined;
  }

  private async keep(session: Session, otherwise: "exists"): Promise<Session | "exists"> {
    if (this.sessions.has(session.sessionId)) return otherwise;
    this.sessions.set(session.sessionId, session);
    if (this.publishes) await putSession(this.kv.binding, session, Date.now());
    return session;
  }

  private async act<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.outage === "silent") return new Promise(() => undefined);
    if (this.outage === "before") throw new Error("unreachable");
    const answer = await work();
    if (this.outage === "after") throw new Error("connection lost");
    return answer;
  }
}

/** Both stores and the index in memory, on a clock that only moves by waiting. */
export class SessionHarness {
  readonly clock = new FakeClock();
  readonly kv = new FakeKv(this.clock.now);
  readonly db = new FakeD1(index, revisions);
  readonly objects = new FakeObjects(this.kv);
  readonly index = new SessionIndex(this.db.binding, this.clock.now);

  /** Sessions for *owners*, while *share* of them are selected for objects. */
  service(share: number, owners: Owners = null): SessionService {
    const revisions = new SessionRevisions(this.db.binding, this.clock.now);
    const kv = new KvSessionStore(this.kv.binding, this.index, revisions, LIMITS, this.clock);
    const durable = new DurableSessionStore(this.objects.locate, 50);
    return new SessionService(durable, kv, { everybody: false, share }, LIMITS, owners);
  }
}

/** The session *id*, as a caller asks for it. */
export function session(id: string, metadata = {}): Session {
  return newSession({ chittyId: "CHITTY-1", sessionId: id, metadata }, LIMITS, Date.now());
}
