import { beforeEach, describe, expect, it, vi } from "vitest";

import { LIMITS, session, SessionHarness } from "./harness";
import type { Session } from "./model";

let harness: SessionHarness;

beforeEach(() => {
  harness = new SessionHarness();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("a new session", () => {
  it("goes where the rollout says", async () => {
    expect((await harness.service(1).create(session("a"))).store).toBe("durable_object");
    expect((await harness.service(0).create(session("b"))).store).toBe("kv");
    expect(harness.objects.sessions.has("b")).toBe(false);
  });

  it.each([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])("is refused when it exists (created at share %d, again at %d)", async (first, second) => {
    await harness.service(first).create(session("a"));

    await expect(harness.service(second).create(session("a"))).rejects.toMatchObject({
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
    await harness.service(before).create(session("a"));

    const changedSession = await harness.service(after).change("a", { metadata: { seen: true } });

    expect(changedSession).toMatchObject({ store, metadata: { seen: true }, revision: 2 });
    expect(await harness.service(after).read("a")).toEqual(changedSession);
    await harness.service(after).end("a");
    await expect(harness.service(after).read("a")).rejects.toMatchObject({ status: 404 });
  });

  it("is not found once it is over", async () => {
    await harness.service(0).create({ ...session("a"), expiresAt: new Date(Date.now() - 1).toISOString() });

    await expect(harness.service(0).read("a")).rejects.toMatchObject({ status: 404 });
  });

  it("may not grow above the cap", async () => {
    await harness.service(0).create(session("a"));
    const change = { metadata: { much: "x".repeat(LIMITS.maxBytes) } };

    await expect(harness.service(0).change("a", change)).rejects.toMatchObject({ status: 413 });
    expect((await harness.service(0).read("a")).revision).toBe(1);
  });
});

describe.each(["before", "silent"] as const)("while objects cannot be reached (%s)", (outage) => {
  it("creates new sessions in KV, and leaves them there", async () => {
    harness.objects.outage = outage;
    const created = await harness.service(1).create(session("a"));
    harness.objects.outage = undefined;

    expect(created.store).toBe("kv");
    expect(await harness.service(1).read("a")).toEqual(created);
  });

  it("reads the copy, and changes nothing", async () => {
    const created = await harness.service(1).create(session("a", { kept: 1 }));
    harness.objects.outage = outage;

    expect(await harness.service(1).read("a")).toEqual({ ...created, degraded: true });
    const attempts = [
      () => harness.service(1).change("a", { metadata: {} }),
      () => harness.service(1).end("a"),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ status: 503, headers: { "Retry-After": "5" } });
    }
    harness.objects.outage = undefined;
    expect(await harness.service(1).read("a")).toEqual(created);
  });

  it("does not say that an unknown session is none", async () => {
    harness.objects.outage = outage;

    await expect(harness.service(1).read("a")).rejects.toMatchObject({ status: 503 });
  });

  it("serves what KV holds as ever", async () => {
    const created = await harness.service(0).create(session("a"));
    harness.objects.outage = outage;

    expect(await harness.service(1).read("a")).toEqual(created);
    expect((await harness.service(1).change("a", { metadata: { b: 1 } })).revision).toBe(2);
  });
});

it("a session that was kept, though its object was lost from sight, is the one created", async () => {
  harness.objects.outage = "after";

  const created = await harness.service(1).create(session("a"));

  expect(created.store).toBe("durable_object");
  expect(harness.objects.sessions.get("a")).toEqual(created);
});

describe("while the index is out", () => {
  it("objects hold, read and change sessions as ever", async () => {
    harness.db.outage = "no index";

    const created = await harness.service(1).create(session("a"));

    expect(await harness.service(1).read("a")).toEqual(created);
    expect(await harness.service(1).change("a", { metadata: {} })).toMatchObject({ revision: 2 });
  });

  it("what KV holds is read and not changed: nobody could tell who came first", async () => {
    const created = await harness.service(0).create(session("a"));
    harness.db.outage = "no index";

    expect(await harness.service(0).read("a")).toEqual(created);
    const attempts = [
      () => harness.service(0).create(session("b")),
      () => harness.service(0).change("a", { metadata: {} }),
      () => harness.service(0).end("a"),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ status: 503 });
    harness.db.outage = undefined;
    expect(await harness.service(0).read("a")).toEqual(created);
    await expect(harness.service(0).read("b")).rejects.toMatchObject({ status: 404 });
  });
});

it("a WebSocket needs an object", async () => {
  await harness.service(0).create(session("a"));
  const upgrade = new Request("https://session/ws");

  await expect(harness.service(0).connect("a", upgrade)).rejects.toMatchObject({ status: 409 });
  await expect(harness.service(0).connect("b", upgrade)).rejects.toMatchObject({ status: 404 });
});

describe("the list", () => {
  const entry = (id: string, chittyId: string, seconds = 60): Session => ({
    ...session(id),
    chittyId,
    expiresAt: new Date(Date.now() + seconds * 1000).toISOString(),
  });

  it("has an owner's sessions, page by page, without those that are over", async () => {
    const { index } = harness;
    for (const id of ["a", "b", "c"]) await index.write(entry(id, "CHITTY-1"));
    await index.write(entry("d", "CHITTY-2"));
    await index.write(entry("e", "CHITTY-1", -1));

    const first = await index.list(null, "CHITTY-1", { limit: 2 });
    const rest = await index.list(null, "CHITTY-1", { limit: 2, cursor: "b" });

    expect([...first, ...rest].map((each) => each.sessionId)).toEqual(["a", "b", "c"]);
    expect(await index.count(null)).toEqual({ durable_object: 0, kv: 4 });
  });

  it("forgets what is over with each new row", async () => {
    const { index } = harness;
    await index.write(entry("old", "CHITTY-1", -1));

    await index.write(entry("new", "CHITTY-1"));

    expect(harness.db.rows("SELECT session_id FROM session_index")).toEqual([{ session_id: "new" }]);
  });
});
