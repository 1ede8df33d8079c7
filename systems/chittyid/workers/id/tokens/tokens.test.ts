import { beforeEach, describe, expect, it, vi } from "vitest";

import { sha256Hex } from "#lib/hash";
import { ADMIN, Harness, SERVICE, type Refusal } from "../harness";

interface Generated {
  token: string;
  token_id: string;
  expires_at: string;
  scopes: string[];
}

const NOW = Date.parse("2026-11-29T10:00:00Z");
const DAY_MS = 86_400_000;
const WANTED = { description: "Pipeline of the registry", scopes: ["mint", "validate"], expires_in: "365d" };
const OUT = "Network connection lost.";
let harness: Harness;

beforeEach(() => {
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  harness = new Harness();
});

function generate(changes: object = {}, token = ADMIN): Promise<Response> {
  return harness.ask("POST", "/admin/tokens/generate", { token, body: { ...WANTED, ...changes } });
}

async function generated(changes: object = {}): Promise<Generated> {
  return (await generate(changes)).json<Generated>();
}

async function validates(token: string): Promise<number> {
  return (await harness.ask("GET", "/v1/validate/CHITTY-EVNT-0001234-A1B2", { token })).status;
}

describe("a token that is generated", () => {
  it("is shown once, with its end and its scopes", async () => {
    const response = await generate();

    expect(response.status).toBe(201);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({
      token: expect.stringMatching(/^chitty_[\w-]{43}$/) as string,
      token_id: expect.stringMatching(/^tok_[0-9a-f]{16}$/) as string,
      expires_at: "2027-11-29T10:00:00.000Z",
      scopes: ["mint", "validate"],
    });
  });

  it("may do what its scopes say", async () => {
    const { token } = await generated();

    expect(await validates(token)).toBe(200);
    expect((await harness.ask("POST", "/v1/mint", { token, body: { entity_type: "EVNT" } })).status).toBe(201);
    expect((await harness.ask("GET", "/v1/ids/CHITTY-EVNT-0001234-A1B2", { token })).status).toBe(403);
    expect((await generate({}, token)).status).toBe(403);
  });

  it("is kept by its hash alone, and stands in no log", async () => {
    const { token } = await generated();
    await validates(token);
    const everything = [
      JSON.stringify(harness.db.rows("SELECT * FROM tokens")),
      JSON.stringify([...harness.cache.kept.keys()]),
      ...(await Promise.all([...harness.cache.kept.values()].map(({ response }) => response.clone().text()))),
      ...harness.kv.values.values(),
      harness.lines(),
    ].join("\n");

    expect(everything).toContain(await sha256Hex(token));
    expect(everything).not.toContain(token);
    expect(everything).not.toContain(ADMIN);
  });

  it("ends when it says", async () => {
    const { token } = await generated({ expires_in: "1h" });
    expect(await validates(token)).toBe(200);

    vi.setSystemTime(NOW + 3_600_000);

    expect(await validates(token)).toBe(401);
  });

  it.each<[string, object, string]>([
    ["scopes that no token gets", { scopes: ["admin"] }, "scopes[0] must be one of mint, validate, read"],
    ["no scopes", { scopes: [] }, "scopes must be a list of at least one"],
    ["no end", { expires_in: undefined }, "expires_in must be hours or days"],
    ["an end too far", { expires_in: "366d" }, "365 days at most"],
    ["an end that is none", { expires_in: "0d" }, "hours or days"],
    ["no description", { description: "" }, "description must be 1 to 200"],
    ["a field too many", { owners: [] }, "an object of description, scopes, expires_in"],
  ])("is refused with %s", async (_, changes, message) => {
    const response = await generate(changes);

    expect(response.status).toBe(400);
    expect((await response.json<Refusal>()).error.message).toContain(message);
  });

  it.each([
    ["nobody", undefined, 401],
    ["a stranger", "wrong", 401],
    ["a service", SERVICE, 403],
  ])("is not for %s", async (_, token, status) => {
    const init = token === undefined ? { body: WANTED } : { token, body: WANTED };

    expect((await harness.ask("POST", "/admin/tokens/generate", init)).status).toBe(status);
    expect(harness.db.rows("SELECT * FROM tokens")).toEqual([]);
  });
});

describe("a token that is rotated", () => {
  it("stays good for the overlap, beside the new one", async () => {
    const former = await generated();
    const path = `/admin/tokens/${former.token_id}/rotate`;
    const next = await harness.json<Generated>("POST", path, { token: ADMIN, body: { expires_in: "30d", overlap: "2h" } });

    expect(next).toMatchObject({
      scopes: former.scopes,
      replaces: former.token_id,
      expires_at: "2026-12-29T10:00:00.000Z",
      former_expires_at: "2026-11-29T12:00:00.000Z",
    });
    expect(next.token).not.toBe(former.token);
    expect([await validates(former.token), await validates(next.token)]).toEqual([200, 200]);
    vi.setSystemTime(NOW + 2 * 3_600_000);
    expect([await validates(former.token), await validates(next.token)]).toEqual([401, 200]);
  });

  it("does not live longer by that", async () => {
    const former = await generated({ expires_in: "1h" });
    const body = { expires_in: "30d" };
    await harness.ask("POST", `/admin/tokens/${former.token_id}/rotate`, { token: ADMIN, body });

    vi.setSystemTime(NOW + 3_600_000);

    expect(await validates(former.token)).toBe(401);
  });

  it("has to be there still", async () => {
    const { token_id } = await generated();
    await harness.ask("DELETE", `/admin/tokens/${token_id}`, { token: ADMIN });
    const paths = [`/admin/tokens/${token_id}/rotate`, "/admin/tokens/tok_0123456789abcdef/rotate"];

    for (const path of paths) {
      expect((await harness.ask("POST", path, { token: ADMIN, body: { expires_in: "1d" } })).status).toBe(404);
    }
    expect(harness.db.rows("SELECT * FROM tokens")).toHaveLength(1);
  });
});

describe("a token that is revoked", () => {
  it("is refused here at once, and elsewhere within a minute", async () => {
    const { token, token_id } = await generated();
    expect(await validates(token)).toBe(200);
    const elsewhere = new Map(harness.cache.kept);

    expect((await harness.ask("DELETE", `/admin/tokens/${token_id}`, { token: ADMIN })).status).toBe(204);
    expect(await validates(token)).toBe(401);

    for (const [key, entry] of elsewhere) harness.cache.kept.set(key, entry);
    vi.setSystemTime(NOW + 59_000);
    expect(await validates(token)).toBe(200);
    vi.setSystemTime(NOW + 60_000);
    expect(await validates(token)).toBe(401);
  });

  it("is revoked once", async () => {
    const { token_id } = await generated();
    await harness.ask("DELETE", `/admin/tokens/${token_id}`, { token: ADMIN });

    expect((await harness.ask("DELETE", `/admin/tokens/${token_id}`, { token: ADMIN })).status).toBe(404);
  });
});

describe("while the database is out", () => {
  it("a token that was seen here is good for an hour, and then nobody can say", async () => {
    const { token } = await generated();
    await validates(token);
    harness.db.outage = OUT;

    vi.setSystemTime(NOW + 3_599_000);
    expect(await validates(token)).toBe(200);
    vi.setSystemTime(NOW + 3_600_000);
    const response = await harness.ask("GET", "/v1/validate/CHITTY-EVNT-0001234-A1B2", { token });

    expect([response.status, (await response.json<Refusal>()).error.code]).toEqual([503, "token_unavailable"]);
  });

  it("tokens of the configuration are known, and none is issued", async () => {
    harness.db.outage = OUT;

    expect(await validates(SERVICE)).toBe(200);
    expect((await generate()).status).toBe(503);
  });

  it("what is no token of ours is refused without asking it", async () => {
    harness.db.outage = OUT;

    expect(await validates("chitty_short")).toBe(401);
  });
});

it("lists tokens page by page, without a value or a hash", async () => {
  const made = [await generated(), await generated(), await generated()];
  const ids: string[] = [];
  let path = "/admin/tokens?limit=2";
  for (let page = 0; page < 2; page++) {
    const { tokens, cursor } = await harness.json<{ tokens: Generated[]; cursor: string | null }>("GET", path, { token: ADMIN });
    expect(JSON.stringify(tokens)).not.toMatch(/sha256|chitty_/);
    ids.push(...tokens.map(({ token_id }) => token_id));
    path = `/admin/tokens?limit=2&cursor=${cursor ?? "none"}`;
  }

  expect(ids).toEqual(made.map(({ token_id }) => token_id).sort());
});

it("stores times that compare as text", async () => {
  await generated({ expires_in: "1d" });

  expect(harness.db.rows("SELECT issued_at, expires_at FROM tokens")).toEqual([
    { issued_at: new Date(NOW).toISOString(), expires_at: new Date(NOW + DAY_MS).toISOString() },
  ]);
});
