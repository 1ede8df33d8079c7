import { describe, expect, it } from "vitest";

import expiries from "../../tests/contract/expires.json" with { type: "json" };
import { authenticate, owns, parseTokens, requireOwner, requireScope, tokensOf } from "./bearer";
import { sha256Hex } from "./hash";

const NOW = Date.parse("2026-11-21T12:00:00Z");

async function tokens(expires: string | null = null): Promise<ReturnType<typeof parseTokens>> {
  const entry = { id: "ci", sha256: await sha256Hex("right"), scopes: ["sessions:read"], expires };
  const other = { ...entry, id: "other", sha256: await sha256Hex("another") };
  return parseTokens(JSON.stringify([entry, other]));
}

describe("authenticate", () => {
  it("knows who presents a token", async () => {
    const principal = await authenticate("Bearer right", await tokens(), NOW);

    expect(principal).toEqual({ tokenId: "ci", scopes: ["sessions:read"], owners: null, expires: null });
  });

  it.each([
    ["no header", null],
    ["another scheme", "Basic right"],
    ["a wrong token", "Bearer wrong"],
    ["an empty token", "Bearer "],
    ["a token with more behind it", "Bearer right right"],
    ["a token of absurd length", `Bearer ${"x".repeat(5000)}`],
  ])("answers 401 to %s", async (_, header) => {
    const attempt = authenticate(header, await tokens(), NOW);

    await expect(attempt).rejects.toMatchObject({ status: 401, code: "unauthorized" });
  });

  it("lets nobody in when there are no tokens", async () => {
    await expect(authenticate("Bearer ", [], NOW)).rejects.toMatchObject({ status: 401 });
  });

  it("does not take nothing for a token, whatever the list says", async () => {
    const digest = await sha256Hex("");
    const known = parseTokens(JSON.stringify([{ id: "a", sha256: digest, scopes: [] }]));

    await expect(authenticate(null, known, NOW)).rejects.toMatchObject({ status: 401 });
  });

  it("takes a token until it expires and no longer", async () => {
    const known = await tokens("2026-11-21T12:00:01Z");

    await expect(authenticate("Bearer right", known, NOW)).resolves.toBeDefined();
    await expect(authenticate("Bearer right", known, NOW + 1000)).rejects.toMatchObject({
      status: 401,
      message: "the token has expired",
    });
  });
});

describe("parseTokens", () => {
  const digest = "a".repeat(64);

  it.each([
    ["nothing", undefined],
    ["no JSON", "{"],
    ["no list", "{}"],
    ["an entry that is no object", "[1]"],
    ["a digest that is none", JSON.stringify([{ id: "a", sha256: "b", scopes: [] }])],
    ["scopes that are no list", JSON.stringify([{ id: "a", sha256: digest, scopes: "all" }])],
    ["owners that are no list", JSON.stringify([{ id: "a", sha256: digest, scopes: [], owners: "all" }])],
    ["owners that are no texts", JSON.stringify([{ id: "a", sha256: digest, scopes: [], owners: [1] }])],
    ["a date that is none", JSON.stringify([{ id: "a", sha256: digest, scopes: [], expires: "?" }])],
  ])("refuses %s", (_, secret) => {
    expect(() => parseTokens(secret)).toThrow("API_TOKENS must be a");
  });

  const ending = (expires: unknown): string =>
    JSON.stringify([{ id: "a", sha256: digest, scopes: [], expires }]);

  it.each(expiries.taken)("takes %j for an end, as the configuration does", (expires) => {
    const end = expires === null ? null : Date.parse(expires);

    expect(parseTokens(ending(expires))[0]?.expires).toBe(end);
  });

  it.each(expiries.refused.map((expires) => [expires]))(
    "refuses %j for an end, as the configuration does",
    (expires) => {
      expect(() => parseTokens(ending(expires))).toThrow("ISO dates");
    },
  );
});

describe("tokensOf", () => {
  const list = (...ids: string[]): string =>
    JSON.stringify(ids.map((id) => ({ id, sha256: "a".repeat(64), scopes: [] })));
  const idsOf = (env: Record<"API_TOKENS", string> & Record<string, string>): string[] => tokensOf(env).map(({ id }) => id);

  it("reads one list", () => {
    expect(idsOf({ API_TOKENS: list("a", "b") })).toEqual(["a", "b"]);
  });

  it("reads all lists in their order, beyond the ninth as well", () => {
    const further = Array.from({ length: 15 }, (_, index) => [`API_TOKENS_${index + 2}`, list(`t${index + 2}`)]);
    const env = { API_TOKENS: list("t1"), ...(Object.fromEntries(further.reverse()) as object) };

    expect(idsOf(env)).toEqual(Array.from({ length: 16 }, (_, index) => `t${index + 1}`));
  });

  it("reads once for an isolate, and for another anew", () => {
    const env = { API_TOKENS: list("a"), API_TOKENS_2: list("b") };

    expect(tokensOf(env)).toBe(tokensOf(env));
    expect(idsOf({ ...env, API_TOKENS_2: list("c") })).toEqual(["a", "c"]);
  });

  it("knows who is listed last", async () => {
    const last = { id: "last", sha256: await sha256Hex("right"), scopes: [] };
    const env = { API_TOKENS: list("a"), API_TOKENS_2: list("b"), API_TOKENS_3: JSON.stringify([last]) };

    await expect(authenticate("Bearer right", tokensOf(env), NOW)).resolves.toMatchObject({ tokenId: "last" });
  });

  it("names the list that is not of its form", () => {
    expect(() => tokensOf({ API_TOKENS: "{" })).toThrow("API_TOKENS must be a");
    const broken = { API_TOKENS: list("a"), API_TOKENS_2: list("b"), API_TOKENS_3: "{" };
    expect(() => tokensOf(broken)).toThrow("API_TOKENS_3 must be a");
  });
});

it("requireScope names the scope that lacks", () => {
  const principal = { tokenId: "ci", scopes: ["sessions:read"], owners: null, expires: null };

  expect(() => {
    requireScope(principal, "sessions:read");
  }).not.toThrow();
  expect(() => {
    requireScope(principal, "sessions:write");
  }).toThrow(expect.objectContaining({ status: 403, message: "the token lacks the scope sessions:write" }) as Error);
});

describe("owners", () => {
  it.each<[string, object, readonly string[] | null]>([
    ["all, without a word of them", {}, null],
    ["all", { owners: null }, null],
    ["some", { owners: ["CHITTY-1"] }, ["CHITTY-1"]],
    ["none", { owners: [] }, []],
  ])("of a token are %s", (_, given, owners) => {
    const entry = { id: "a", sha256: "a".repeat(64), scopes: [], ...given };

    expect(parseTokens(JSON.stringify([entry]))[0]?.owners).toEqual(owners);
  });

  it("have an owner among them, by the whole name", () => {
    expect(owns(null, "CHITTY-1")).toBe(true);
    expect(owns(["CHITTY-1"], "CHITTY-1")).toBe(true);
    for (const owners of [[], ["CHITTY-11"], ["chitty-1"]]) expect(owns(owners, "CHITTY-1")).toBe(false);
  });

  it("are asked for, or it is 403", () => {
    expect(() => {
      requireOwner(["CHITTY-2"], "CHITTY-1");
    }).toThrow(expect.objectContaining({ status: 403, code: "owner_not_allowed" }) as Error);
  });
});
