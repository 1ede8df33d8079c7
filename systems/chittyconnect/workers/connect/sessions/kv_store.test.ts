import { beforeEach, describe, expect, it, vi } from "vitest";

import { session, SessionHarness } from "./harness";
import { sessionKey } from "./kv_store";
import type { Session } from "./model";

const KEY = sessionKey("a");
const LOST_MS = 300_000;
const UNAVAILABLE = { status: 503, code: "session_unavailable" };

let harness: SessionHarness;

beforeEach(() => {
  harness = new SessionHarness();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

function create(metadata = {}): Promise<Session> {
  return harness.service(0).create(session("a", metadata));
}

function change(name: string): Promise<Session> {
  return harness.service(0).change("a", { metadata: { [name]: 1 } });
}

function read(): Promise<Session> {
  return harness.service(0).read("a");
}

/** What KV holds now. */
function held(): string {
  return harness.kv.values.get(KEY) ?? "";
}

function row(): unknown {
  return harness.db.rows("SELECT revision, expires_at FROM session_index WHERE session_id = 'a'")[0];
}

/** Have *act* announce a revision, not write it to KV, and not take it back, as when the worker dies. */
async function dieIn(operation: "put" | "delete", act: () => Promise<unknown>): Promise<void> {
  vi.spyOn(harness.kv, operation).mockImplementationOnce(() => {
    harness.db.outage = "died";
    return Promise.reject(new Error("died"));
  });
  await expect(act()).rejects.toMatchObject(UNAVAILABLE);
  harness.db.outage = undefined;
}

describe("sixty at once", () => {
  it("create a session once, and the first stands", async () => {
    const attempts = Array.from({ length: 60 }, (_, number) => create({ number }));

    const done = await Promise.allSettled(attempts);

    const created = done.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    expect(created).toHaveLength(1);
    expect(await read()).toEqual(created[0]);
    const refused = done.flatMap((each) => (each.status === "rejected" ? [each.reason as { code: string }] : []));
    expect(new Set(refused.map(({ code }) => code))).toEqual(new Set(["session_exists"]));
  });

  it("create it once, too, where an object could not be reached", async () => {
    harness.objects.outage = "before";
    const attempts = Array.from({ length: 60 }, () => harness.service(1).create(session("a")));

    const done = await Promise.allSettled(attempts);

    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("change it without losing a change that was answered", async () => {
    await create();
    const names = Array.from({ length: 60 }, (_, number) => `n${number}`);

    const done = await Promise.allSettled(names.map(change));

    const answered = names.filter((_, index) => done[index]?.status === "fulfilled");
    expect(answered.length).toBeGreaterThan(0);
    const { metadata, revision } = await read();
    expect(Object.keys(metadata).sort()).toEqual(answered.sort());
    expect(revision).toBe(1 + answered.length);
    expect(row()).toMatchObject({ revision });
  });

  it("end it once", async () => {
    await create();
    await harness.clock.sleep(1_000);

    const done = await Promise.allSettled(Array.from({ length: 60 }, () => harness.service(0).end("a")));

    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(row()).toBeUndefined();
  });
});

describe("a place where KV shows an old revision", () => {
  it("changes nothing", async () => {
    await create();
    const old = held();
    await change("x");
    harness.kv.stale.set(KEY, old);

    await expect(change("y")).rejects.toMatchObject(UNAVAILABLE);

    harness.kv.stale.clear();
    expect(await read()).toMatchObject({ metadata: { x: 1 }, revision: 2 });
  });

  it("does not bring back a session that was ended", async () => {
    await create();
    const old = held();
    await harness.clock.sleep(1_000);
    await harness.service(0).end("a");
    harness.kv.stale.set(KEY, old);

    await expect(change("y")).rejects.toMatchObject(UNAVAILABLE);

    harness.kv.stale.clear();
    await expect(read()).rejects.toMatchObject({ status: 404 });
  });

  it("does not write an old session over a new one of its id", async () => {
    await create({ old: true });
    const old = held();
    await harness.clock.sleep(1_000);
    await harness.service(0).end("a");
    const created = await harness.service(0).create({ ...session("a"), createdAt: "2030-01-01T00:00:00.000Z" });
    harness.kv.stale.set(KEY, old);

    await expect(change("y")).rejects.toMatchObject(UNAVAILABLE);

    harness.kv.stale.clear();
    expect(await read()).toEqual(created);
  });

  it("creates nothing where it shows no session yet", async () => {
    await create({ first: true });
    harness.kv.unseen.add(KEY);

    await expect(create()).rejects.toMatchObject({ code: "session_exists" });

    harness.kv.unseen.clear();
    expect(await read()).toMatchObject({ metadata: { first: true } });
  });
});

describe("what KV refuses", () => {
  it("is taken back: the next may go on at once", async () => {
    const created = await create();
    await harness.clock.sleep(1_000);
    harness.kv.failing.add("put").add("delete");

    await expect(harness.service(0).change("a", { expiresIn: 9000 })).rejects.toMatchObject(UNAVAILABLE);
    await expect(harness.service(0).end("a")).rejects.toMatchObject(UNAVAILABLE);

    expect(row()).toEqual({ revision: 1, expires_at: created.expiresAt });
    harness.kv.failing.clear();
    expect(await change("x")).toMatchObject({ revision: 2 });
  });

  it("of a creation leaves no row", async () => {
    harness.kv.failing.add("put");

    await expect(create()).rejects.toMatchObject(UNAVAILABLE);

    expect(row()).toBeUndefined();
    harness.kv.failing.clear();
    expect(await create()).toMatchObject({ revision: 1 });
  });

  it("is not taken back where it came all the same", async () => {
    await create();
    await harness.clock.sleep(1_000);
    const put = harness.kv.put.bind(harness.kv);
    vi.spyOn(harness.kv, "put").mockImplementationOnce(async (...given) => {
      await put(...given);
      throw new Error("connection lost");
    });
    await expect(change("x")).rejects.toMatchObject(UNAVAILABLE);
    await harness.clock.sleep(1_000);

    expect(await change("y")).toMatchObject({ metadata: { x: 1, y: 1 }, revision: 3 });
  });
});

describe("a worker that died between the index and KV", () => {
  it("holds a change up for minutes, no longer", async () => {
    await create();
    await harness.clock.sleep(1_000);
    await dieIn("put", () => change("x"));

    await expect(change("y")).rejects.toMatchObject(UNAVAILABLE);
    await harness.clock.sleep(LOST_MS);

    expect(await change("y")).toMatchObject({ metadata: { y: 1 }, revision: 2 });
  });

  it("holds a creation up for minutes, no longer", async () => {
    await dieIn("put", () => create());

    await expect(create()).rejects.toMatchObject({ code: "session_exists" });
    await harness.clock.sleep(LOST_MS);

    expect(await create()).toMatchObject({ revision: 1 });
  });

  it("leaves a session that it wanted to end", async () => {
    await create();
    await harness.clock.sleep(1_000);
    await dieIn("delete", () => harness.service(0).end("a"));
    await harness.clock.sleep(LOST_MS);

    await harness.service(0).end("a");

    await expect(read()).rejects.toMatchObject({ status: 404 });
    expect(row()).toBeUndefined();
  });
});

it("a session from before there were revisions is changed as any other", async () => {
  await create();
  harness.db.rows("UPDATE session_index SET revision = 0, changed_at = ''");
  await harness.clock.sleep(1_000);

  expect(await change("x")).toMatchObject({ revision: 2 });
  expect(row()).toMatchObject({ revision: 2 });
});

it("a session over one whose time is over begins anew", async () => {
  await harness.service(0).create({ ...session("a"), expiresAt: new Date(Date.now() + 500).toISOString() });
  await harness.clock.sleep(1_000);

  expect(await create({ second: true })).toMatchObject({ revision: 1 });
  expect(row()).toMatchObject({ revision: 1 });
});

it("what the index says of an object that holds none keeps nobody out", async () => {
  await create();
  harness.kv.values.clear();
  await harness.index.write({ ...session("a"), store: "durable_object" });

  expect(await create()).toMatchObject({ store: "kv" });
  expect(await harness.index.holder("a")).toBe("kv");
});
