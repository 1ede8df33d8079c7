import { beforeEach, describe, expect, it, vi } from "vitest";

import { session, SessionHarness } from "./harness";
import { sessionKey } from "./kv_store";

const UNAVAILABLE = { status: 503, code: "session_unavailable", headers: { "Retry-After": "5" } };
const EXISTS = { status: 409, code: "session_exists" };

let harness: SessionHarness;

beforeEach(() => {
  harness = new SessionHarness();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe("a session that an object holds, after the rollout went back", () => {
  it.each([
    ["its copy never came", () => (harness.objects.publishes = false)],
    ["its copy is not seen yet", () => harness.kv.unseen.add(sessionKey("a"))],
  ])("is not created again in KV though %s", async (_, hide) => {
    hide();
    await harness.service(1).create(session("a", { first: true }));

    await expect(harness.service(0).create(session("a"))).rejects.toMatchObject(EXISTS);

    expect(await harness.service(0).read("a")).toMatchObject({ metadata: { first: true } });
  });

  it.each(["before", "silent"] as const)("keeps nobody else out when no object answers (%s)", async (outage) => {
    harness.objects.outage = outage;

    expect(await harness.service(0).create(session("b"))).toMatchObject({ store: "kv" });
  });

  it("costs no question while KV knows the answer", async () => {
    await harness.service(0).create(session("a"));
    const asked = vi.spyOn(harness.objects, "locate");

    await expect(harness.service(0).create(session("a"))).rejects.toMatchObject(EXISTS);

    expect(asked).not.toHaveBeenCalled();
  });
});

describe.each<[string, () => void]>([
  ["fails", () => (harness.kv.outage = true)],
  ["refuses writes only", () => harness.kv.failing.add("put").add("delete")],
])("while KV %s", (_, fail) => {
  it("says 503 for what KV holds, and loses none of it", async () => {
    const created = await harness.service(0).create(session("a"));
    fail();

    const attempts = [
      () => harness.service(0).create(session("b")),
      () => harness.service(0).change("a", { metadata: {} }),
      () => harness.service(1).end("a"),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(UNAVAILABLE);

    harness.kv.outage = false;
    expect(await harness.service(0).read("a")).toEqual(created);
  });
});

describe("while KV is out", () => {
  beforeEach(() => {
    harness.objects.publishes = false;
  });

  it("creates, reads, changes and ends what objects hold", async () => {
    harness.kv.outage = true;
    const { create, read, change, end } = operations(1);

    expect(await create()).toMatchObject({ store: "durable_object" });
    expect(await read()).toMatchObject({ revision: 1 });
    expect(await change()).toMatchObject({ revision: 2 });
    await end();
  });

  it("serves what objects hold to those whom the rollout left out, too", async () => {
    await harness.service(1).create(session("a"));
    harness.kv.outage = true;

    expect(await operations(0).read()).toMatchObject({ store: "durable_object" });
    expect(await operations(0).change()).toMatchObject({ revision: 2 });
  });

  it("does not create again what the index knows KV to hold", async () => {
    await harness.service(0).create(session("a"));
    harness.kv.outage = true;

    await expect(harness.service(1).create(session("a"))).rejects.toMatchObject(EXISTS);
  });

  it("creates in objects with the index out as well", async () => {
    harness.kv.outage = true;
    harness.db.outage = "no index";

    expect(await operations(1).create()).toMatchObject({ store: "durable_object" });
  });

  it.each([0, 1])("does not say that an unknown session is none (share %d)", async (share) => {
    harness.kv.outage = true;
    const upgrade = new Request("https://session/ws");
    const service = harness.service(share);

    await expect(service.read("x")).rejects.toMatchObject(UNAVAILABLE);
    await expect(service.metrics("x")).rejects.toMatchObject(UNAVAILABLE);
    await expect(service.connect("x", upgrade)).rejects.toMatchObject(UNAVAILABLE);
  });

  it("says 503 when objects are out as well", async () => {
    harness.kv.outage = true;
    harness.objects.outage = "before";

    await expect(operations(1).create()).rejects.toMatchObject(UNAVAILABLE);
    await expect(operations(1).read()).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe("within a second of the last write, KV", () => {
  it("takes the next after a moment, several in a row", async () => {
    await harness.service(0).create(session("a"));
    const before = harness.clock.now();

    expect(await harness.service(0).change("a", { metadata: { x: 1 } })).toMatchObject({ revision: 2 });
    expect(harness.clock.now() - before).toBeLessThanOrEqual(1_500);
    await harness.service(0).end("a");
    expect(await harness.service(0).create(session("a"))).toMatchObject({ revision: 1 });
  });

  it("loses no change of the two that came at once", async () => {
    await harness.service(0).create(session("a"));
    await harness.clock.sleep(1_000);
    const change = (name: string): Promise<unknown> =>
      harness.service(0).change("a", { metadata: { [name]: 1 } });

    await Promise.all([change("x"), change("y")]);

    expect(await harness.service(0).read("a")).toMatchObject({ metadata: { x: 1, y: 1 }, revision: 3 });
  });

  it("creates a session once, however many ask at once", async () => {
    const attempts = Array.from({ length: 5 }, () => harness.service(0).create(session("a")));

    const done = await Promise.allSettled(attempts);

    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("is not waited for without end", async () => {
    await harness.service(0).create(session("a"));
    vi.spyOn(harness.clock, "sleep").mockResolvedValue();

    await expect(harness.service(0).change("a", { metadata: {} })).rejects.toMatchObject(UNAVAILABLE);
  });
});

function operations(share: number): Record<"create" | "read" | "change" | "end", () => Promise<unknown>> {
  const service = harness.service(share);
  return {
    create: () => service.create(session("a")),
    read: () => service.read("a"),
    change: () => service.change("a", { metadata: {} }),
    end: () => service.end("a"),
  };
}
