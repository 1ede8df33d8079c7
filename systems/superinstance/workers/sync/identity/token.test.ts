import { base64url, exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it, vi } from "vitest";

import { AUDIENCE, code, harness, ISSUER, KID, PAIR, publicKey, tokenOf, useHarness } from "../harness";

const OTHER = await generateKeyPair("ES256");
const RSA = await generateKeyPair("RS256");
const EDWARDS = await generateKeyPair("EdDSA");
const PATH = "/sync/settings";
const NOW = Date.parse("2026-11-29T12:00:00Z") / 1000;

useHarness();

function statusOf(token: string): Promise<number> {
  return harness.with(token, "GET", PATH).then(({ status }) => status);
}

/** The issuer has these keys, and answers with them. */
function issues(...keys: [{ publicKey: Parameters<typeof publicKey>[0] }, string][]): void {
  harness.issuer = async () => Response.json({ keys: await Promise.all(keys.map(([pair, kid]) => publicKey(pair.publicKey, kid))) });
}

/** A token that says whatever *header* and *payload* say, with *signature* below it. */
function written(header: unknown, payload: unknown, signature = "AAAA"): string {
  const parts = [header, payload].map((part) => base64url.encode(JSON.stringify(part)));
  return [...parts, signature].join(".");
}

const CLAIMS = { iss: ISSUER, aud: AUDIENCE, sub: "ada", iat: NOW, exp: NOW + 600, scope: "sync:read" };

async function secretly(secret: Uint8Array): Promise<string> {
  return new SignJWT(CLAIMS).setProtectedHeader({ alg: "HS256", kid: KID, typ: "JWT" }).sign(secret);
}

describe("a token of the issuer", () => {
  it.each([
    ["ES256", PAIR],
    ["RS256", RSA],
    ["EdDSA", EDWARDS],
  ])("is taken with %s", async (alg, pair) => {
    issues([pair, KID]);

    expect(await statusOf(await tokenOf("ada", {}, { alg }, pair.privateKey))).toBe(200);
  });

  it.each([
    ["without a type", {}, { typ: undefined }],
    ["of the type JWT", {}, { typ: "JWT" }],
    ["for several audiences", { aud: ["others", AUDIENCE] }, {}],
    ["by a clock that is some seconds ahead", { iat: NOW + 4, nbf: NOW + 4 }, {}],
  ])("is taken %s", async (_, claims, header) => {
    expect(await statusOf(await tokenOf("ada", claims, header))).toBe(200);
  });

  it("may do what its scope says", async () => {
    const read = await tokenOf("ada", { scope: "openid sync:read" });
    const push = (token: string): Promise<Response> => harness.with(token, "POST", PATH, JSON.stringify({ changes: [] }));

    expect([await statusOf(read), (await push(read)).status]).toEqual([200, 403]);
    expect(await statusOf(await tokenOf("ada", { scope: undefined }))).toBe(403);
    expect((await push(await tokenOf("ada"))).status).toBe(400);
  });

  it("is in no log, nor is who it is of", async () => {
    const token = await tokenOf("ada-the-canary");
    await statusOf(token);

    expect(harness.lines()).toContain('"token":"');
    expect(harness.lines()).not.toContain("ada-the-canary");
    expect(harness.lines()).not.toContain(token.slice(-20));
  });
});

describe("a token is refused (SI-6)", () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["that is over", { exp: NOW - 6 }, {}],
    ["without an end", { exp: undefined }, {}],
    ["whose end is text", { exp: String(NOW + 600) }, {}],
    ["that has not begun", { nbf: NOW + 60 }, {}],
    ["of the future", { iat: NOW + 60, nbf: undefined }, {}],
    ["that was never given", { iat: undefined }, {}],
    ["of another issuer", { iss: "https://evil.example/" }, {}],
    ["of an issuer without its slash", { iss: ISSUER.slice(0, -1) }, {}],
    ["of no issuer", { iss: undefined }, {}],
    ["for another audience", { aud: "others" }, {}],
    ["for no audience", { aud: undefined }, {}],
    ["for an empty list", { aud: [] }, {}],
    ["of nobody", { sub: undefined }, {}],
    ["of an empty name", { sub: "" }, {}],
    ["of a number", { sub: 7 }, {}],
    ["of a name with a space", { sub: "ada eve" }, {}],
    ["of a name that is too long", { sub: "a".repeat(256) }, {}],
    ["whose scope is a list", { scope: ["sync:read"] }, {}],
    ["of another type", {}, { typ: "dpop+jwt" }],
    ["of a type that is no text", {}, { typ: 1 }],
    ["that names no key", {}, { kid: undefined }],
    ["of an unknown key", {}, { kid: "unknown" }],
    ["with a key at an address", {}, { jku: "https://evil.example/jwks.json" }],
    ["with a certificate at an address", {}, { x5u: "https://evil.example/x" }],
    ["with a certificate", {}, { x5c: ["MIIB"] }],
  ])("%s", async (_, claims, header) => {
    const answer = await harness.with(await tokenOf("ada", claims, header), "GET", PATH);

    expect([answer.status, await code(answer)]).toEqual([401, "unauthorized"]);
  });

  it("that says what is critical and we do not know", async () => {
    const good = (await tokenOf("ada")).split(".");
    const header = { alg: "ES256", kid: KID, crit: ["exp"], exp: 1 };

    expect(await statusOf(written(header, CLAIMS, good[2]))).toBe(401);
  });

  it("that brings its key along", async () => {
    const jwk = await exportJWK(OTHER.publicKey);

    expect(await statusOf(await tokenOf("ada", {}, { jwk }, OTHER.privateKey))).toBe(401);
    expect(await statusOf(await tokenOf("ada", {}, { jwk: await exportJWK(PAIR.publicKey) }))).toBe(401);
  });

  it("that another key has signed by the name of ours", async () => {
    expect(await statusOf(await tokenOf("eve", {}, {}, OTHER.privateKey))).toBe(401);
  });

  it("that is signed with the public key as a secret", async () => {
    const shown = await publicKey(PAIR.publicKey, KID);
    const secrets = [JSON.stringify(shown), JSON.stringify({ keys: [shown] }), shown.x ?? ""];
    for (const secret of secrets) expect(await statusOf(await secretly(new TextEncoder().encode(secret)))).toBe(401);
  });

  it("that the issuer itself has a secret for", async () => {
    const secret = new TextEncoder().encode("a secret that is long enough for it");
    harness.issuer = () => Response.json({ keys: [{ kty: "oct", kid: KID, k: base64url.encode(secret), alg: "HS256" }] });

    expect(await statusOf(await secretly(secret))).toBe(401);
  });

  it.each(["none", "None", "NONE", "", "HS384", "PS256", "RS512", "es256"])("of the algorithm %j", async (alg) => {
    const signature = (await tokenOf("ada")).split(".")[2];

    for (const mark of [signature, ""]) expect(await statusOf(written({ alg, kid: KID }, CLAIMS, mark))).toBe(401);
  });

  it("that is damaged", async () => {
    const [head = "", body = "", mark = ""] = (await tokenOf("ada")).split(".");
    const other = base64url.encode(JSON.stringify({ ...CLAIMS, sub: "eve" }));
    const damaged = [`${head}.${other}.${mark}`, `${head}.${body}`, `${head}.${body}.${mark}.${mark}`, `${head}..${mark}`, "admin", ".."];
    const more = [`${head}.${body}.${mark.slice(0, -4)}`, `${head}.${body}.${base64url.encode(new Uint8Array(64))}`, "a".repeat(9_000)];

    for (const token of [...damaged, ...more]) expect(await statusOf(token), token.slice(0, 99)).toBe(401);
  });
});

describe("the keys of the issuer", () => {
  it("are fetched once, and again for a key that is new", async () => {
    for (let count = 0; count < 3; count += 1) await statusOf(await tokenOf("ada"));
    expect(harness.fetched).toBe(1);
    vi.setSystemTime(Date.now() + 31_000);
    issues([PAIR, KID], [OTHER, "second"]);

    expect(await statusOf(await tokenOf("ada", {}, { kid: "second" }, OTHER.privateKey))).toBe(200);
    expect(harness.fetched).toBe(2);
  });

  it("are not fetched for every unknown key", async () => {
    for (let count = 0; count < 20; count += 1) expect(await statusOf(await tokenOf("ada", {}, { kid: `k${count}` }))).toBe(401);

    expect(harness.fetched).toBe(1);
  });

  it("are fetched once for unknown keys that come together, and known ones are taken meanwhile", async () => {
    vi.stubGlobal("navigator", { userAgent: "Cloudflare-Workers" });
    const good = await tokenOf("ada");
    expect(await statusOf(good)).toBe(200);
    vi.setSystemTime(Date.now() + 31_000);
    const unknown = await Promise.all(Array.from({ length: 10 }, (_, each) => tokenOf("ada", {}, { kid: `k${each}` })));
    const asked = await Promise.all([...unknown, good].map(statusOf));

    expect(harness.fetched).toBe(2);
    expect(asked.slice(0, 10).filter((status) => status === 401)).toHaveLength(1);
    expect(asked.slice(0, 10).filter((status) => status === 503)).toHaveLength(9);
    expect(asked.at(-1)).toBe(200);
  });

  it("that were rotated away are taken no more, at last after ten minutes", async () => {
    const old = await tokenOf("ada");
    expect(await statusOf(old)).toBe(200);
    issues([OTHER, "second"]);
    vi.setSystemTime(Date.now() + 601_000);

    expect(await statusOf(old)).toBe(401);
  });

  it.each<[string, () => Response]>([
    ["nobody answers", () => { throw new Error("refused"); }],
    ["the issuer fails", () => new Response("", { status: 500 })],
    ["it is moved", () => new Response("", { status: 302, headers: { Location: "https://evil.example/" } })],
    ["it is no JSON", () => new Response("<html>")],
    ["it is no set", () => Response.json({ keys: "none" })],
    ["it is too large", () => Response.json({ keys: [], padding: "x".repeat(300_000) })],
  ])("are wanted, and nobody is turned away as a stranger, while %s", async (_, answer) => {
    const good = harness.issuer;
    harness.issuer = answer;
    const refused = await harness.with(await tokenOf("ada"), "GET", PATH);
    expect([refused.status, refused.headers.get("Retry-After"), await code(refused)]).toEqual([503, "10", "keys_unavailable"]);
    await statusOf(await tokenOf("ada"));
    expect(harness.fetched).toBe(1);

    harness.issuer = good;
    vi.setSystemTime(Date.now() + 6_000);
    expect(await statusOf(await tokenOf("ada"))).toBe(200);
  });

  it("that are known go on for a day while the issuer is out; of others nothing can be said", async () => {
    const token = await tokenOf("ada", { exp: NOW + 200_000 });
    await statusOf(token);
    harness.issuer = () => new Response("", { status: 503 });
    vi.setSystemTime(Date.now() + 3_600_000);

    expect(await statusOf(token)).toBe(200);
    expect(await statusOf(await tokenOf("ada", {}, {}, OTHER.privateKey))).toBe(401);
    expect(await statusOf(await tokenOf("ada", {}, { kid: "second" }, OTHER.privateKey))).toBe(503);
    vi.setSystemTime(Date.now() + 86_400_000);
    expect(await statusOf(token)).toBe(503);
  });

  it.each([
    ["JWKS_URL", "http://identity.example/jwks"],
    ["JWKS_URL", "jwks"],
    ["JWT_ISSUER", ""],
    ["JWT_AUDIENCE", " "],
  ] as const)("let nobody in where %s is %j", async (name, value) => {
    harness.env[name] = value;

    expect(await statusOf(await tokenOf("ada", { aud: "", iss: "" }))).toBe(500);
  });
});
