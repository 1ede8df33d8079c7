import { beforeEach, describe, expect, it, vi } from "vitest";

import schema from "../../../../migrations/chittyconnect/004_session_index.sql?raw";
import { FakeD1 } from "../../../lib/testing/d1";
import { FakeKv } from "../../../lib/testing/kv";
import type { SessionLimits } from "../config";
import { DurableSessionStore, type SessionObject } from "./durable_store";
import { SessionIndex } from "./index_table";
import { KvSessionStore, putSession } from "./kv_store";
import { changed, newSession, type Session } from "./model";
import { SessionService } from "./service";

const LIMITS: SessionLimits = { ttlSeconds: 600, maxBytes: 1000 };

/** Objects that keep their session in memory, with the copy in KV that real ones keep. */
class FakeObjects {
  readonly sessions = new Map<string, Session>();
  /** How asking fails, if it does. */
  outage: "before" | "after" | "silent" | undefined;

  constructor(private readonly kv: FakeKv) {}

  readonly locate = (id: string): SessionObject =>
    ({
      create: (session: Session) => this.act(() => this.keep(session, "exists")),
      read: () => this.act(() => this.sessions.get(id) ?? "absent"),
      change: (change: object) =>
        this.act(() => {
          const session = this.sessions.get(id);
          if (session === undefined) return "absent";
          const next = changed(session, change, Date.now(), LIMITS.maxBytes);
          if (next !== "too_large") this.sessions.set(id, next);
          return next;
        }),
      end: () => this.act(() => this.sessions.delete(id)),
      metrics: () => this.act(() => "absent"),
      fetch: () => this.act(() => new Response(null, { status: this.sessions.has(id) ? 200 : 404 })),
    }) as unknown as SessionObject;

  private async keep(session: Session, otherwise: "exists"): Promise<Session | "exists"> {
    if (this.sessions.has(session.sessionId)) return otherwise;
    this.sessions.set(session.sessionId, session);
    await putSession(this.kv.binding, session, Date.now());
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

let kv: FakeKv;
let db: FakeD1;
let objects: FakeObjects;

function service(share: number): SessionService {
  const index = new SessionIndex(db.binding, Date.now);
  const kvStore = new KvSessionStore(kv.binding, index, LIMITS, Date.now);
  const durable = new DurableSessionStore(objects.locate, 50);
  return new SessionService(durable, kvStore, { everybody: false, share }, LIMITS);
}

function session(id: string, metadata = {}): Session {
  return newSession({ chittyId: "CHITTY-1", sessionId: id, metadata }, LIMITS, Date.now());
}

beforeEach(() => {
  kv = new FakeKv();
  db = new FakeD1(schema);
  objects = new FakeObjects(kv);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("a new session", () => {
  it("goes where the rollout says", async () => {
    expect((await service(1).create(session("a"))).store).toBe("durable_object");
    expect((await service(0).create(session("b"))).store).toBe("kv");
    expect(objects.sessions.has("b")).toBe(false);
  });

  it.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])("is refused when it exists (created at share %d, again at %d)", async (first, second) => {
    await service(first).create(session("a"));

    await expect(service(second).create(session("a"))).rejects.toMatchObject({
      status: 409,
      code: "session_exists",
    });
  });
});

describe("an existing session", () => {
  it.each([
    [0, 1, "kv"],
    [1, 0, "durable_object"],
  ])("stays where it is when the share goes from %d to %d", async (before, after, store) => {
    await service(before).create(session("a"));

    const changedSession = await service(after).change("a", { metadata: { seen: true } });

    expect(changedSession).toMatchObject({ store, metadata: { seen: true }, revision: 2 });
    expect(await service(after).read("a")).toEqual(changedSession);
    await service(after).end("a");
    await expect(service(after).read("a")).rejects.toMatchObject({ status: 404 });
  });

  it("is not found once it is over", async () => {
    await service(0).create({ ...session("a"), expiresAt: new Date(Date.now() - 1).toISOString() });

    await expect(service(0).read("a")).rejects.toMatchObject({ status: 404 });
  });

  it("may not grow above the cap", async () => {
    await service(0).create(session("a"));
    const change = { metadata: { much: "x".repeat(LIMITS.maxBytes) } };

    await expect(service(0).change("a", change)).rejects.toMatchObject({ status: 413 });
    expect((await service(0).read("a")).revision).toBe(1);
  });
});

describe.each(["before", "silent"] as const)("while objects cannot be reached (%s)", (outage) => {
  it("creates new sessions in KV, and leaves them there", async () => {
    objects.outage = outage;
    const created = await service(1).create(session("a"));
    objects.outage = undefined;

    expect(created.store).toBe("kv");
    expect(await service(1).read("a")).toEqual(created);
  });

  it("reads the copy, and changes nothing", async () => {
    const created = await service(1).create(session("a", { kept: 1 }));
    objects.outage = outage;

    expect(await service(1).read("a")).toEqual({ ...created, degraded: true });
    for (const attempt of [service(1).change("a", { metadata: {} }), service(1).end("a")]) {
      await expect(attempt).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "5" } });
    }
    objects.outage = undefined;
    expect(await service(1).read("a")).toEqual(created);
  });

  it("does not say that an unknown session is none", async () => {
    objects.outage = outage;

    await expect(service(1).read("a")).rejects.toMatchObject({ status: 503 });
  });

  it("serves what KV holds as ever", async () => {
    const created = await service(0).create(session("a"));
    objects.outage = outage;

    expect(await service(1).read("a")).toEqual(created);
    expect((await service(1).change("a", { metadata: { b: 1 } })).revision).toBe(2);
  });
});

it("a session that was kept, though its object was lost from sight, is the one created", async () => {
  objects.outage = "after";

  const created = await service(1).create(session("a"));

  expect(created.store).toBe("durable_object");
  expect(objects.sessions.get("a")).toEqual(created);
});

it("an index that is out refuses no session", async () => {
  db.outage = "no index";

  const created = await service(0).create(session("a"));

  expect(await service(0).read("a")).toEqual(created);
});

it("a WebSocket needs an object", async () => {
  await service(0).create(session("a"));
  const upgrade = new Request("https://session/ws");

  await expect(service(0).connect("a", upgrade)).rejects.toMatchObject({ status: 409 });
  await expect(service(0).connect("b", upgrade)).rejects.toMatchObject({ status: 404 });
});

describe("the list", () => {
  const entry = (id: string, chittyId: string, seconds = 60): Session => ({
    ...session(id),
    chittyId,
    expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
  });

  it("has an owner's sessions, page by page, without those that are over", async () => {
    const index = new SessionIndex(db.binding, Date.now);
    for (const id of ["a", "b", "c"]) await index.put(entry(id, "CHITTY-1"));
    await index.put(entry("d", "CHITTY-2"));
    await index.put(entry("e", "CHITTY-1", -1));

    const first = await index.list("CHITTY-1", { limit: 2 });
    const rest = await index.list("CHITTY-1", { limit: 2, cursor: "b" });

    expect([...first, ...rest].map((each) => each.sessionId)).toEqual(["a", "b", "c"]);
    expect(await index.count()).toEqual({ durable_object: 0, kv: 4 });
  });

  it("forgets what is over with each new row", async () => {
    const index = new SessionIndex(db.binding, Date.now);
    await index.put(entry("old", "CHITTY-1", -1));

    await index.put(entry("new", "CHITTY-1"));

    expect(db.rows("SELECT session_id FROM session_index")).toEqual([{ session_id: "new" }]);
  });
});
