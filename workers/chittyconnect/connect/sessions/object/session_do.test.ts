import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { stubRuntime } from "../../../../lib/testing/runtime";
import { KEY, ObjectHarness, session, START, TTL } from "./harness";

let harness: ObjectHarness;

stubRuntime();

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  harness = new ObjectHarness();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("an object without a session", () => {
  it("stores nothing and rings no alarm", async () => {
    const object = harness.start();

    expect(await object.read()).toBe("absent");
    expect(await object.change({ metadata: {} })).toBe("absent");
    expect(await object.end()).toBe(false);
    expect(await object.metrics()).toBe("absent");
    expect(harness.state.values.size).toBe(0);
    expect(harness.state.alarm).toBeUndefined();
  });
});

describe("a session", () => {
  it("is kept, copied to KV, listed, and set to end", async () => {
    const created = session({ a: 1 });

    expect(await harness.start().create(created)).toEqual(created);

    expect(await harness.start().read()).toEqual(created);
    expect(harness.copy()).toEqual(created);
    expect(harness.kv.expirations.get(KEY)).toBe(START / 1000 + TTL);
    expect(harness.db.rows("SELECT session_id, store FROM session_index")).toEqual([
      { session_id: "s", store: "durable_object" },
    ]);
    expect(harness.state.alarm).toBeLessThanOrEqual(START + TTL * 1000);
  });

  it("is created once", async () => {
    const object = harness.start();
    await object.create(session());

    expect(await object.create(session({ b: 2 }))).toBe("exists");
    expect(await object.read()).toMatchObject({ metadata: {} });
  });

  it("counts every change, also those made at once", async () => {
    const object = harness.start();
    await object.create(session());

    await Promise.all(["a", "b", "c"].map((name) => object.change({ metadata: { [name]: 1 } })));

    expect(await object.read()).toMatchObject({ metadata: { a: 1, b: 1, c: 1 }, revision: 4 });
  });

  it("may not grow above the cap", async () => {
    const object = harness.start();
    await object.create(session({ a: 1 }));

    expect(await object.change({ metadata: { b: "x".repeat(100) } })).toBe("too_large");
    expect(await object.read()).toMatchObject({ metadata: { a: 1 }, revision: 1 });
  });

  it("counts how often its object started", async () => {
    await harness.start().create(session());
    harness.start();

    expect(await harness.start().metrics()).toMatchObject({ wakeups: 3, revision: 1, stateBytes: 2 });
  });

  it("ends by the alarm, with everything that is known of it", async () => {
    const object = harness.start();
    const socket = harness.attach();
    await object.create(session());

    await harness.later(object, 2_000);
    expect(await object.read()).toMatchObject({ sessionId: "s" });
    await harness.later(object, TTL * 1000);

    expect(harness.state.values.size).toBe(0);
    expect(harness.copy()).toBeUndefined();
    expect(harness.db.rows("SELECT * FROM session_index")).toEqual([]);
    expect(socket.sent).toEqual([{ type: "ended", reason: "expired" }]);
    expect(socket.closed).toMatchObject({ code: 1000 });
    expect(harness.state.alarm).toBeUndefined();
  });

  it("is over in time, also while the alarm is late", async () => {
    const object = harness.start();
    await object.create(session());

    vi.setSystemTime(START + TTL * 1000);

    expect(await object.read()).toBe("absent");
    expect(await object.change({ metadata: {} })).toBe("absent");
  });

  it("lives longer when a change says so", async () => {
    const object = harness.start();
    await object.create(session());
    await object.change({ expiresIn: 2 * TTL });
    await harness.state.settled();

    await harness.later(object, TTL * 1000);

    expect(await object.read()).toMatchObject({ revision: 2 });
    expect(harness.state.alarm).toBe(START + 2 * TTL * 1000);
    expect(harness.kv.expirations.get(KEY)).toBe(START / 1000 + 2 * TTL);
  });

  it("may be created again after its end", async () => {
    const object = harness.start();
    await object.create(session({ first: true }));
    await object.end();

    await object.create(session({ second: true }));

    expect(await object.read()).toMatchObject({ metadata: { second: true }, revision: 1 });
    await harness.later(object, 2_000);
    expect(harness.copy()).toMatchObject({ metadata: { second: true } });
  });
});

describe("what others see", () => {
  it("is written at most once a second, and ends up current", async () => {
    const object = harness.start();
    await object.create(session());
    for (let count = 0; count < 20; count++) await object.change({ metadata: { count } });
    await harness.state.settled();
    expect(harness.kv.writes).toBe(1);

    await harness.later(object, 1_000);

    expect(harness.kv.writes).toBe(2);
    expect(harness.copy()).toMatchObject({ metadata: { count: 19 }, revision: 21 });
  });

  it("is repaired by the alarm when KV was out", async () => {
    const object = harness.start();
    harness.kv.outage = true;
    await object.create(session());
    expect(await object.read()).toMatchObject({ sessionId: "s" });
    await harness.later(object, 1_000);
    expect(harness.copy()).toBeUndefined();

    harness.kv.outage = false;
    await harness.later(object, 15_000);

    expect(harness.copy()).toMatchObject({ sessionId: "s" });
  });

  it("is withdrawn by the alarm when KV was out, also after a restart", async () => {
    const object = harness.start();
    await object.create(session());
    harness.kv.outage = true;
    expect(await object.end()).toBe(true);
    expect(harness.copy()).toBeDefined();

    harness.kv.outage = false;
    await harness.later(harness.start(), 16_000);

    expect(harness.copy()).toBeUndefined();
    expect(harness.state.values.size).toBe(0);
  });

  it("gives way to the session that KV took over", async () => {
    const taken = { ...session({ kv: true }), store: "kv" };
    harness.kv.values.set(KEY, JSON.stringify(taken));
    const object = harness.start();

    await object.create(session({ object: true }));

    expect(await object.read()).toBe("absent");
    expect(harness.copy()).toEqual(taken);
    expect(harness.state.values.size).toBe(0);
  });
});
