import { beforeEach, describe, expect, it, vi } from "vitest";

import names from "../../../../../tests/contract/owners.json" with { type: "json" };
import { check } from "#lib/schema";
import { session, SessionHarness } from "./harness";
import { CHITTY_ID } from "./model";

const NOT_FOUND = { status: 404, code: "session_not_found" };
const OTHERS = ["CHITTY-2", "CHITTY-3"];

let harness: SessionHarness;

beforeEach(() => {
  harness = new SessionHarness();
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

describe.each([0, 1])("a session that the rollout puts where share %d says", (share) => {
  beforeEach(async () => {
    await harness.service(share).create(session("a"));
    await harness.clock.sleep(1_000);
  });

  it("is not there for a token that is bound to others", async () => {
    const service = harness.service(share, OTHERS);
    const attempts = [
      () => service.read("a"),
      () => service.change("a", { metadata: { x: 1 } }),
      () => service.end("a"),
      () => service.metrics("a"),
    ];

    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(NOT_FOUND);

    expect(await harness.service(share).read("a")).toMatchObject({ revision: 1 });
  });

  it("is there for a token that is bound to its owner, and may be changed and ended", async () => {
    const service = harness.service(share, ["CHITTY-2", "CHITTY-1"]);

    expect(await service.read("a")).toMatchObject({ revision: 1 });
    expect(await service.change("a", { metadata: { x: 1 } })).toMatchObject({ revision: 2 });
    await harness.clock.sleep(1_000);
    await service.end("a");
  });

  it("keeps its id from others", async () => {
    const wanted = { ...session("a"), chittyId: "CHITTY-2" };

    await expect(harness.service(share, OTHERS).create(wanted)).rejects.toMatchObject({ status: 409 });
  });
});

it("a copy is shown to its owner only while the object cannot be reached", async () => {
  await harness.service(1).create(session("a"));
  harness.objects.outage = "before";

  await expect(harness.service(1, OTHERS).read("a")).rejects.toMatchObject(NOT_FOUND);
  expect(await harness.service(1, ["CHITTY-1"]).read("a")).toMatchObject({ degraded: true });
});

it("a session in KV has no WebSocket, and others do not learn that it is there", async () => {
  await harness.service(0).create(session("a"));
  const upgrade = new Request("https://session/ws");

  await expect(harness.service(0, OTHERS).connect("a", upgrade)).rejects.toMatchObject(NOT_FOUND);
});

it.each([0, 1])("nobody creates a session for others (share %d)", async (share) => {
  const attempt = harness.service(share, OTHERS).create(session("a"));

  await expect(attempt).rejects.toMatchObject({ status: 403, code: "owner_not_allowed" });
  await expect(harness.service(share).read("a")).rejects.toMatchObject(NOT_FOUND);
});

describe("the list", () => {
  beforeEach(async () => {
    for (const [id, chittyId] of [["a", "CHITTY-1"], ["b", "CHITTY-2"], ["c", "CHITTY-3"]] as const) {
      await harness.index.write({ ...session(id), chittyId });
    }
  });

  async function ids(owners: string[] | null, chittyId?: string): Promise<string[]> {
    const entries = await harness.index.list(owners, chittyId, { limit: 9 });
    return entries.map((each) => each.sessionId);
  }

  it("has those of the owners, page by page", async () => {
    expect(await ids(null)).toEqual(["a", "b", "c"]);
    expect(await ids(OTHERS)).toEqual(["b", "c"]);
    expect(await ids(OTHERS, "CHITTY-3")).toEqual(["c"]);
    expect(await ids(OTHERS, "CHITTY-1")).toEqual([]);
    expect(await ids([])).toEqual([]);
    const page = await harness.index.list(OTHERS, undefined, { limit: 9, cursor: "b" });
    expect(page.map((each) => each.sessionId)).toEqual(["c"]);
  });

  it("is counted for the owners", async () => {
    expect(await harness.index.count(null)).toEqual({ durable_object: 0, kv: 3 });
    expect(await harness.index.count(OTHERS)).toEqual({ durable_object: 0, kv: 2 });
    expect(await harness.index.count([])).toEqual({ durable_object: 0, kv: 0 });
  });
});

describe("an owner's name", () => {
  it.each(names.taken)("%j is taken, as the configuration takes it", (name) => {
    expect(check(CHITTY_ID, name)).toBe(name);
  });

  it.each(names.refused)("%j is refused, as the configuration refuses it", (name) => {
    expect(() => check(CHITTY_ID, name, "chittyId")).toThrow("chittyId must be");
  });
});
