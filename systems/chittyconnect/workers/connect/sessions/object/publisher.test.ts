import { describe, expect, it, vi } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { harness, KEY, session, START, useHarness } from "./harness";

stubRuntime();
useHarness();

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
    const socket = harness.attach();

    expect(await object.create(session({ object: true }))).toBe("exists");

    expect(await object.read()).toBe("absent");
    expect(harness.copy()).toEqual(taken);
    expect(harness.state.values.size).toBe(0);
    expect(socket.closed).toMatchObject({ code: 1000 });
  });

  it("takes no change of a session that turns out to be KV's", async () => {
    const object = harness.start();
    let answer: (held: unknown) => void = () => undefined;
    vi.spyOn(harness.kv, "get").mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    const creating = object.create(session());
    await vi.advanceTimersByTimeAsync(0);

    const changing = object.change({ metadata: { lost: true } });
    answer({ ...session({ kv: true }), store: "kv" });

    expect(await creating).toBe("exists");
    expect(await changing).toBe("absent");
  });

  it("is gone with the answer of the end, though KV takes one write a second", async () => {
    const object = harness.start();
    await object.create(session());

    expect(await object.end()).toBe(true);

    expect(harness.copy()).toBeUndefined();
    expect(harness.db.rows("SELECT * FROM session_index")).toEqual([]);
    expect(Date.now()).toBe(START + 1_000);
  });

  it("is repaired after a second when KV refused a write as too soon", async () => {
    const object = harness.start();
    await object.create(session());
    await harness.later(object, 1_000);
    await object.change({ metadata: { a: 1 } });
    await harness.state.settled();
    const restarted = harness.start();
    await restarted.change({ metadata: { a: 2 } });
    await harness.state.settled();

    await harness.later(restarted, 1_000);

    expect(harness.copy()).toMatchObject({ metadata: { a: 2 } });
  });

  it("leaves a session to KV that came there since the end", async () => {
    const object = harness.start();
    await object.create(session());
    harness.kv.failing.add("delete");
    await object.end();
    const held = { ...session({ kv: true }), store: "kv" };
    harness.kv.values.set(KEY, JSON.stringify(held));

    harness.kv.failing.clear();
    await harness.later(object, 16_000);

    expect(harness.copy()).toEqual(held);
    expect(harness.state.values.size).toBe(0);
  });

  it.each(["get", "put", "delete"] as const)("keeps nobody waiting while KV does not answer (%s)", async (operation) => {
    harness.kv.silent.add(operation);
    const object = harness.start();

    const creating = object.create(session());
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await creating).toMatchObject({ sessionId: "s" });
    const ending = object.end();
    await vi.advanceTimersByTimeAsync(3_000);

    expect(await ending).toBe(true);
  });
});
