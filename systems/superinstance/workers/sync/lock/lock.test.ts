import { describe, expect, it, vi } from "vitest";

import { ADA, code, harness, useHarness } from "../harness";

useHarness();

const THEME = { id: "theme", base_version: 0, value: "dark" };

interface Lock {
  lock_id: string;
  fencing_token: number;
  expires_at: string;
}

async function lock(): Promise<Lock> {
  const answer = await harness.ask("POST", "/sync/lock");
  expect(answer.status).toBe(201);
  return answer.json<Lock>();
}

function push(lock_id: string | undefined, change: object = THEME): Promise<Response> {
  return harness.ask("POST", "/sync/settings", { lock_id, changes: [change] });
}

async function pushed(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer;
  return [response.status, response.status === 200 ? "" : await code(response)];
}

describe("a lock (SI-5)", () => {
  it("is held by one client, for 30 seconds", async () => {
    const { lock_id, expires_at } = await lock();
    const other = await harness.ask("POST", "/sync/lock");

    expect(Date.parse(expires_at) - Date.now()).toBe(30_000);
    expect([other.status, other.headers.get("Retry-After"), await code(other)]).toEqual([423, "30", "locked"]);
    expect(await pushed(push(lock_id))).toEqual([200, ""]);
    expect(await harness.status()).toMatchObject({ lock: { held: true, seconds: 30 } });
  });

  it("ends by itself when its holder is dead", async () => {
    const first = await lock();
    vi.setSystemTime(Date.now() + 30_000);

    const second = await lock();
    expect(second.fencing_token).toBeGreaterThan(first.fencing_token);
    expect(await pushed(push(first.lock_id))).toEqual([409, "lock_lost"]);
    expect(await pushed(push(second.lock_id))).toEqual([200, ""]);
  });

  it("is no use when it is over, even where nobody else has taken it", async () => {
    const { lock_id } = await lock();
    vi.setSystemTime(Date.now() + 30_000);

    expect(await pushed(push(lock_id))).toEqual([409, "lock_lost"]);
    expect((await harness.ask("PUT", `/sync/lock/${lock_id}`)).status).toBe(409);
    expect((await harness.ask("DELETE", `/sync/lock/${lock_id}`)).status).toBe(409);
  });

  it("goes on while it is renewed, with the same fencing token", async () => {
    const { lock_id, fencing_token } = await lock();
    for (let count = 0; count < 3; count += 1) {
      vi.setSystemTime(Date.now() + 29_000);
      const renewed = await harness.ask("PUT", `/sync/lock/${lock_id}`);
      expect((await renewed.json<Lock>()).fencing_token).toBe(fencing_token);
    }

    expect((await harness.ask("POST", "/sync/lock")).status).toBe(423);
  });

  it("is free at once when it was given back", async () => {
    const { lock_id } = await lock();
    expect((await harness.ask("DELETE", `/sync/lock/${lock_id}`)).status).toBe(204);

    await lock();
  });

  it("survives that its object leaves memory", async () => {
    const { lock_id } = await lock();
    harness.states.evict();

    expect((await harness.ask("POST", "/sync/lock")).status).toBe(423);
    expect(await pushed(push(lock_id))).toEqual([200, ""]);
  });

  it("is of one user", async () => {
    await lock();

    expect((await harness.ask("POST", "/sync/lock", undefined, "eve")).status).toBe(201);
  });
});

describe("a holder that was paused for longer than its lock lasts", () => {
  /** Has its transaction wait until *meanwhile* is over: its lock has ended by then. */
  function pausedUntil(meanwhile: () => Promise<unknown>): void {
    harness.db.before = async () => {
      vi.setSystemTime(Date.now() + 31_000);
      await meanwhile();
    };
  }

  it("writes nothing over what the next holder has written", async () => {
    const { lock_id } = await lock();
    pausedUntil(async () => {
      const next = await lock();
      expect(await pushed(push(next.lock_id, { ...THEME, value: "light" }))).toEqual([200, ""]);
    });

    expect(await pushed(push(lock_id, { id: "another", base_version: 0, value: 1 }))).toEqual([409, "lock_lost"]);
    expect((await harness.pull()).items).toMatchObject([{ id: "theme", value: "light" }]);
  });

  it("writes nothing from the moment on that the next one has its lock", async () => {
    const { lock_id } = await lock();
    pausedUntil(lock);

    expect(await pushed(push(lock_id))).toEqual([409, "lock_lost"]);
    expect((await harness.pull()).items).toEqual([]);
  });

  it("takes a new lock, where it has taken one for itself, and loses nothing", async () => {
    pausedUntil(() => push(undefined, { ...THEME, value: "light" }));

    const late = await push(undefined);
    expect(await late.json()).toMatchObject({ results: [{ status: "conflict", version: 1 }] });
    expect((await harness.pull()).items).toMatchObject([{ value: "light" }]);
    expect((await harness.status()).conflicts).toHaveLength(1);
  });
});

describe("an object that has forgotten all", () => {
  it("goes on above what D1 has seen", async () => {
    for (let count = 0; count < 5; count += 1) await harness.push(`s${count}`, 0, count);
    const tokens = [(await lock()).fencing_token];
    harness.states.states.clear();
    harness.states.evict();

    expect(await harness.push("theme", 0, "dark")).toMatchObject({ status: "applied" });
    harness.states.states.clear();
    harness.states.evict();
    tokens.push((await lock()).fencing_token);
    expect(tokens[1]).toBeGreaterThan(tokens[0] ?? 0);
  });

  it("is said to be out where it cannot be reached, and a push that has its lock may be repeated", async () => {
    harness.states.outage = true;
    expect(await pushed(push(undefined))).toEqual([503, "lock_unavailable"]);
    harness.states.outage = false;

    expect(await pushed(push(undefined))).toEqual([200, ""]);
    expect((await harness.pull(0, ADA)).items).toHaveLength(1);
  });
});
