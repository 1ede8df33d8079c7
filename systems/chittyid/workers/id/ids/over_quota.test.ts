import { beforeEach, describe, expect, it, vi } from "vitest";

import { D1_OVER_QUOTA, Harness, KV_OVER_QUOTA, SERVICE, type Refusal } from "../harness";
import type { IdRecord } from "./model";

let harness: Harness;

beforeEach(() => {
  vi.useRealTimers();
  harness = new Harness();
});

function mint(): Promise<Response> {
  return harness.ask("POST", "/v1/mint", { token: SERVICE, body: { entity_type: "EVNT" } });
}

async function minted(): Promise<IdRecord> {
  return (await mint()).json<IdRecord>();
}

function forgetNearby(): void {
  harness.cache.kept.clear();
  harness.kv.values.clear();
}

describe("over the quota of the day", () => {
  async function health(): Promise<{ status: string; kv_status: string }> {
    harness.restart();
    return harness.json("GET", "/health");
  }

  it("of KV, health says so and ids are read and minted on: minting needs no KV", async () => {
    const record = await minted();
    forgetNearby();
    const asked = vi.spyOn(harness.kv, "get").mockRejectedValue(new Error(KV_OVER_QUOTA));

    expect(await harness.json("GET", `/v1/ids/${record.chittyId}`, { token: SERVICE })).toEqual(record);
    harness.cache.kept.clear();
    expect(await harness.json("GET", `/v1/ids/${record.chittyId}`, { token: SERVICE })).toEqual(record);

    expect(await health()).toMatchObject({ status: "degraded", kv_status: "over_quota", checks: { database: "ok" } });
    expect(asked).toHaveBeenCalledTimes(1);
    expect((await mint()).status).toBe(201);
  });

  it("of KV's writes alone, what it has is read on, and no write is tried for five minutes", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-29T10:00:00Z") });
    const [kept, first, second] = [await minted(), await minted(), await minted()];
    const read = async ({ chittyId }: IdRecord): Promise<void> => {
      harness.cache.kept.clear();
      expect((await harness.ask("GET", `/v1/ids/${chittyId}`, { token: SERVICE })).status).toBe(200);
    };
    await read(kept);
    const writes = vi.spyOn(harness.kv, "put").mockRejectedValue(new Error("KV put() limit exceeded for the day."));
    const reads = vi.spyOn(harness.kv, "get");
    await read(first);
    await read(second);
    harness.db.outage = "out";
    await read(kept);

    expect([reads.mock.calls.length, writes.mock.calls.length]).toEqual([3, 1]);
    vi.setSystemTime(Date.now() + 3_600_000);
    harness.db.outage = undefined;
    expect(await health()).toMatchObject({ status: "degraded", kv_status: "over_quota" });
    vi.setSystemTime(Date.parse("2026-11-30T00:00:00Z"));
    expect(await health()).toMatchObject({ status: "healthy", kv_status: "ok" });
  });

  it("of KV, it is asked again after five minutes, for the plan may have changed", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-29T10:00:00Z") });
    const { chittyId } = await minted();
    forgetNearby();
    const asked = vi.spyOn(harness.kv, "get").mockRejectedValueOnce(new Error(KV_OVER_QUOTA));
    const read = async (): Promise<number> => {
      harness.cache.kept.clear();
      await harness.ask("GET", `/v1/ids/${chittyId}`, { token: SERVICE });
      return asked.mock.calls.length;
    };

    expect([await read(), await read()]).toEqual([1, 1]);
    vi.setSystemTime(Date.now() + 300_000);
    expect(await read()).toBe(2);
    expect(await health()).toMatchObject({ status: "healthy", kv_status: "ok" });
  });

  it("of D1, minting answers 503 until midnight UTC, and reads come from the cache", async () => {
    const record = await minted();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-29T23:00:00Z") });
    harness.cache.kept.forEach((entry) => (entry.until += 86_400_000 * 365));
    harness.db.outage = D1_OVER_QUOTA;

    const answers = [await mint(), await mint()];

    for (const answer of answers) {
      expect([answer.status, answer.headers.get("Retry-After")]).toEqual([503, "3600"]);
      expect((await answer.json<Refusal>()).error.message).toContain("00:00 UTC");
    }
    expect(await harness.json("GET", `/v1/ids/${record.chittyId}`, { token: SERVICE })).toEqual(record);
    expect(await health()).toMatchObject({ status: "degraded", kv_status: "ok", checks: { database: "failed" } });
  });

  it("is over at midnight", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2026-11-29T23:59:00Z") });
    harness.db.outage = D1_OVER_QUOTA;
    expect((await mint()).headers.get("Retry-After")).toBe("60");

    vi.setSystemTime(Date.parse("2026-11-30T00:00:00Z"));
    harness.db.outage = undefined;

    expect((await mint()).status).toBe(201);
  });
});
