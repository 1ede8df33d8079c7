import { beforeEach, describe, expect, it, vi } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { harness, KEY, session, START, TTL, useHarness } from "./harness";
import type { SessionStateDO } from "./session_do";

stubRuntime();
useHarness();

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

  it("is there for its owner only", async () => {
    const object = harness.start();
    await object.create(session());
    const others = ["CHITTY-2"];

    expect(await object.read(others)).toBe("absent");
    expect(await object.change({ metadata: { a: 1 } }, others)).toBe("absent");
    expect(await object.metrics(others)).toBe("absent");
    expect(await object.end(others)).toBe(false);
    expect(await object.read(["CHITTY-1"])).toMatchObject({ revision: 1 });
    expect(await object.end(["CHITTY-2", "CHITTY-1"])).toBe(true);
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

  describe("created again after its time was over, before the alarm rang", () => {
    const OTHER = { chittyId: "CHITTY-OTHER" };

    async function createTwice(): Promise<SessionStateDO> {
      const object = harness.start();
      await object.create(session({ first: true }));
      await object.change({ metadata: { first: 2 } });
      vi.setSystemTime(START + TTL * 1000);
      const second = { ...session({ second: true }), ...OTHER };
      expect(await object.create(second)).toEqual(second);
      return object;
    }

    it("shows the new one, and counts from its beginning", async () => {
      const object = await createTwice();

      expect(harness.copy()).toMatchObject({ ...OTHER, metadata: { second: true } });
      expect(harness.db.rows("SELECT chitty_id FROM session_index")).toEqual([{ chitty_id: OTHER.chittyId }]);
      expect(await object.metrics()).toMatchObject({ wakeups: 1, revision: 1 });
      expect(harness.state.values.has("ended")).toBe(false);
    });

    it("hangs up on the clients of the old one", async () => {
      const socket = harness.attach();
      const object = await createTwice();

      await object.change({ metadata: { secret: true } });

      expect(socket.sent.at(-1)).toEqual({ type: "ended", reason: "expired" });
      expect(socket.closed).toMatchObject({ code: 1000 });
      expect(JSON.stringify(socket.sent)).not.toContain("secret");
    });
  });
});

describe("a session whose object is not selected any more", () => {
  beforeEach(async () => {
    await harness.start().create(session());
    harness.variables.ENABLE_DURABLE_OBJECTS = "false";
  });

  it("is not extended, changes otherwise, and says so", async () => {
    const object = harness.start();
    const socket = harness.attach();

    const result = await object.change({ metadata: { a: 1 }, expiresIn: 2 * TTL });

    const expiresAt = new Date(START + TTL * 1000).toISOString();
    expect(result).toMatchObject({ metadata: { a: 1 }, expiresAt, draining: true });
    expect(await object.read()).toEqual(result);
    expect(socket.sent).toMatchObject([{ type: "updated", session: { draining: true } }]);
    await harness.later(object, TTL * 1000);
    expect(await object.read()).toBe("absent");
  });

  it("may end sooner", async () => {
    const result = await harness.start().change({ expiresIn: 10 });

    expect(result).toMatchObject({ expiresAt: new Date(START + 10_000).toISOString() });
  });

  it("may be extended again once it is selected again", async () => {
    harness.variables.ENABLE_DURABLE_OBJECTS = "true";

    const result = await harness.start().change({ expiresIn: 2 * TTL });

    expect(result).toMatchObject({ expiresAt: new Date(START + 2 * TTL * 1000).toISOString() });
    expect(result).not.toHaveProperty("draining");
  });
});
