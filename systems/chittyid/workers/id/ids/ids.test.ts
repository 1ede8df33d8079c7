import { beforeEach, describe, expect, it, vi } from "vitest";

import { ADMIN, Harness, SERVICE, type Refusal } from "../harness";
import { readId } from "./forms";
import type { IdRecord } from "./model";

let harness: Harness;

beforeEach(() => {
  vi.useRealTimers();
  harness = new Harness();
});

function mint(entity_type: unknown = "EVNT", headers: object = {}): Promise<Response> {
  return harness.ask("POST", "/v1/mint", { token: SERVICE, body: { entity_type }, headers });
}

async function minted(): Promise<IdRecord> {
  return (await mint()).json<IdRecord>();
}

function forgetNearby(): void {
  harness.cache.kept.clear();
  harness.kv.values.clear();
}

describe("minting", () => {
  it("answers an id that reads without a slip, and where it is", async () => {
    const response = await mint();
    const record = await response.json<IdRecord>();

    expect(response.status).toBe(201);
    expect(response.headers.get("Location")).toBe(`/v1/ids/${record.chittyId}`);
    expect(record).toMatchObject({ entity_type: "EVNT", status: "minted" });
    expect(Date.parse(record.minted_at)).toBeLessThanOrEqual(Date.now());
    expect(readId(record.chittyId)).toMatchObject({ valid: true, entityType: "EVNT", number: 1 });
  });

  it("gives no number twice, not even when its row is gone", async () => {
    await minted();
    const second = await minted();
    harness.db.rows("DELETE FROM ids");

    expect([second.chittyId, (await minted()).chittyId].map((id) => id.slice(0, 19))).toEqual([
      "CHITTY-EVNT-0000002",
      "CHITTY-EVNT-0000003",
    ]);
  });

  it("mints once under one key, however often it is asked", async () => {
    const key = { "Idempotency-Key": "order-7" };
    const answers = await Promise.all([mint("EVNT", key), mint("EVNT", key), mint("EVNT", key)]);
    const ids = await Promise.all(answers.map((answer) => answer.json<IdRecord>()));

    expect(new Set(ids.map(({ chittyId }) => chittyId)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(answers.filter(({ headers }) => headers.get("Idempotent-Replayed") === "true")).toHaveLength(2);
    expect(harness.db.rows("SELECT COUNT(*) AS count FROM ids")).toEqual([{ count: 1 }]);
  });

  it("takes a key of another token for another key", async () => {
    const key = { "Idempotency-Key": "order-7" };
    harness.db.rows("INSERT INTO ids (entity_type, minted_at, minted_by, idempotency_key) VALUES ('EVNT', '', 'other', 'order-7')");

    const asked = [await mint("EVNT", key), await mint("EVNT", key)];

    for (const answer of asked) expect((await answer.json<IdRecord>()).chittyId).toContain("0000002");
  });

  it.each<[string, unknown, object, number, string]>([
    ["of a type that is none", "DOG", {}, 400, "entity_type must be one of EVNT, PEO"],
    ["without a type", null, {}, 400, "entity_type must be one of EVNT, PEO"],
    ["under a key that is none", "EVNT", { "Idempotency-Key": "a b" }, 400, "Idempotency-Key must be 1 to 128 visible"],
  ])("is refused %s", async (_, type, headers, status, message) => {
    const response = await mint(type, headers);

    expect(response.status).toBe(status);
    expect((await response.json<Refusal>()).error.message).toContain(message);
    expect(harness.db.rows("SELECT * FROM ids")).toEqual([]);
  });

  it("is refused under a key that minted another type", async () => {
    const key = { "Idempotency-Key": "order-7" };
    await mint("EVNT", key);

    const response = await mint("PEO", key);

    expect([response.status, (await response.json<Refusal>()).error.code]).toEqual([409, "idempotency_key_reused"]);
  });

  it.each([
    ["nobody", undefined, 401],
    ["the administrator, who may issue tokens only", ADMIN, 403],
  ])("is refused to %s", async (_, token, status) => {
    const init = token === undefined ? { body: {} } : { token, body: { entity_type: "EVNT" } };

    expect((await harness.ask("POST", "/v1/mint", init)).status).toBe(status);
  });

  it("answers 503 and when to ask again while the database is out", async () => {
    harness.db.outage = "Network connection lost.";

    const response = await mint();

    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect((await response.json<Refusal>()).error.code).toBe("mint_unavailable");
  });

  it("does not wait longer than ten seconds for it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const never = { first: () => new Promise(() => undefined), bind: () => never };
    const asked = vi.spyOn(harness.db, "prepare").mockReturnValue(never as never);

    const answering = mint();
    await vi.waitFor(() => {
      expect(asked).toHaveBeenCalled();
    });
    await vi.advanceTimersByTimeAsync(10_000);

    expect((await answering).status).toBe(503);
  });
});

describe("a record", () => {
  it("is read as it was minted, from each store alone", async () => {
    const record = await minted();
    const path = `/v1/ids/${record.chittyId}`;
    const read = (): Promise<IdRecord> => harness.json("GET", path, { token: SERVICE });

    expect(await read()).toEqual(record);
    forgetNearby();
    expect(await read()).toEqual(record);
    harness.cache.kept.clear();
    harness.db.outage = "out";
    expect(await read()).toEqual(record);
    harness.kv.outage = true;
    expect(await read()).toEqual(record);
  });

  it("is nobody's to keep but the worker's", async () => {
    const { chittyId } = await minted();

    const response = await harness.ask("GET", `/v1/ids/${chittyId}`, { token: SERVICE });

    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect([...harness.cache.kept.keys()].join()).toContain(`https://id.chitty.cc/.edge-cache/ids/${chittyId}`);
  });

  it("is served by nobody's token but one with the scope", async () => {
    const { chittyId } = await minted();

    expect((await harness.ask("GET", `/v1/ids/${chittyId}`)).status).toBe(401);
    expect((await harness.ask("GET", `/v1/ids/${chittyId}`, { token: ADMIN })).status).toBe(403);
  });

  it("is not there when nobody minted it, and is there as soon as somebody has", async () => {
    const next = "CHITTY-EVNT-0000001-";
    const { chittyId } = await minted();
    harness.db.rows("DELETE FROM ids");
    forgetNearby();

    expect(chittyId).toContain(next);
    expect((await harness.ask("GET", `/v1/ids/${chittyId}`, { token: SERVICE })).status).toBe(404);
    harness.db.rows("INSERT INTO ids VALUES (1, 'EVNT', '2026-11-29T00:00:00.000Z', 'a', NULL)");
    expect((await harness.ask("GET", `/v1/ids/${chittyId}`, { token: SERVICE })).status).toBe(200);
  });

  it("is refused for a slip before any store is asked", async () => {
    harness.db.outage = "out";
    harness.kv.outage = true;
    harness.cache.outage = true;

    const response = await harness.ask("GET", "/v1/ids/CHITTY-EVNT-0001243-A1B2", { token: SERVICE });

    expect([response.status, (await response.json<Refusal>()).error.message]).toEqual([
      400,
      "chittyId in the address must be an id without a slip, as CHITTY-EVNT-0001234-A1B2",
    ]);
  });

  it("does not need a cache that works", async () => {
    const { chittyId } = await minted();
    harness.cache.outage = true;

    expect((await harness.ask("GET", `/v1/ids/${chittyId}`, { token: SERVICE })).status).toBe(200);
  });

  it("is not taken from what somebody else put into KV", async () => {
    const record = await minted();
    harness.cache.kept.clear();
    harness.kv.values.set(`id:${record.chittyId}`, '{"chittyId":"CHITTY-1"}');

    expect(await harness.json("GET", `/v1/ids/${record.chittyId}`, { token: SERVICE })).toEqual(record);
  });
});

describe("validation", () => {
  const validate = (id: string): Promise<object> => harness.json("GET", `/v1/validate/${id}`, { token: SERVICE });

  it("says of an id whether it was minted", async () => {
    const { chittyId } = await minted();

    expect(await validate(chittyId.toLowerCase())).toEqual({
      chittyId,
      valid: true,
      form: "minted",
      entity_type: "EVNT",
      minted: true,
      reason: null,
    });
    expect(await validate("CHITTY-EVNT-0001234-A1B2")).toMatchObject({ valid: true, minted: false });
  });

  it.each([
    ["01-C-PROD-0001-P-2501-A-X", { valid: true, form: "structured", entity_type: "P", minted: null, reason: null }],
    ["CHITTY-EVNT-0001234-A1B3", { valid: false, form: "minted", entity_type: null, minted: null, reason: "check_value" }],
    ["nonsense", { valid: false, form: null, entity_type: null, minted: null, reason: "form" }],
  ])("says what %s is", async (id, expected) => {
    expect(await validate(id)).toMatchObject(expected);
  });

  it("goes on with what the text says while no store does", async () => {
    harness.db.outage = "out";

    expect(await validate("CHITTY-EVNT-0001234-A1B2")).toMatchObject({ valid: true, minted: null });
  });
});
