import { beforeEach, describe, expect, it, vi, type MockInstance } from "vitest";

import index from "../../migrations/chittyconnect/004_session_index.sql?raw";
import revisions from "../../migrations/chittyconnect/005_session_revisions.sql?raw";
import { CLOCK } from "#lib/clock";
import { sha256Hex } from "#lib/hash";
import { FakeContext } from "#lib/testing/context";
import { FakeD1 } from "#lib/testing/d1";
import { FakeKv } from "#lib/testing/kv";
import { FakeR2 } from "#lib/testing/r2";
import { stubRuntime } from "#lib/testing/runtime";
import type { Env } from "./env";

stubRuntime();

const { default: worker } = await import("./index");
const { ROUTES } = await import("./app");

const TOKEN = "canary-token";
const ORIGIN = "https://connect.example";

let logged: MockInstance[];

beforeEach(() => {
  logged = (["info", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  );
});

async function env(changes: Partial<Env> = {}): Promise<Env> {
  const token = { id: "ci", sha256: await sha256Hex(TOKEN), scopes: ["documents:read"], expires: null };
  return {
    API_TOKENS: JSON.stringify([token]),
    CORS_ORIGIN: ORIGIN,
    ENABLE_R2_STORAGE: "false",
    DB: new FakeD1().binding,
    TOKEN_KV: new FakeKv().binding,
    DOCUMENT_STORAGE: new FakeR2().binding,
    ...changes,
  } as Env;
}

async function tokenWith(...scopes: string[]): Promise<Partial<Env>> {
  const token = { id: "ci", sha256: await sha256Hex(TOKEN), scopes, expires: null };
  return { API_TOKENS: JSON.stringify([token]) };
}

function lines(event: string): string {
  const all = logged.flatMap((level) => level.mock.calls.map(String));
  return all.filter((line) => line.includes(event)).join("\n");
}

async function ask(path: string, init: RequestInit = {}, changes: Partial<Env> = {}): Promise<Response> {
  const headers = { Authorization: `Bearer ${TOKEN}`, ...(init.headers as Record<string, string>) };
  const request = new Request(`https://host${path}`, { ...init, headers });
  const context = new FakeContext();
  const answer = await worker.fetch(request as never, await env(changes), context.binding);
  await context.settled();
  return answer;
}

async function code(response: Response): Promise<string> {
  return (await response.json<{ error: { code: string } }>()).error.code;
}

describe("the router", () => {
  it.each([
    ["/nowhere", "GET", 404, "not_found"],
    ["/api/v1/nowhere", "GET", 404, "not_found"],
    ["/api/v1/documents", "PUT", 405, "method_not_allowed"],
    ["/api/v1/sessions/metrics", "DELETE", 405, "method_not_allowed"],
    ["/health", "POST", 405, "method_not_allowed"],
    ["/api/v1/sessions", "GET", 403, "insufficient_scope"],
    ["/api/v1/documents/not-an-id", "GET", 400, "invalid_request"],
  ])("answers %s by %s with %i", async (path, method, status, expected) => {
    const response = await ask(path, { method });

    expect([response.status, await code(response)]).toEqual([status, expected]);
  });

  it.each(ROUTES.map(({ method, path }) => [method, path]))("reaches %s %s", async (method, path) => {
    const response = await ask(`/api/v1${path.replaceAll(/:\w+/g, "1")}`, { method, body: null });

    expect(response.status).not.toBe(405);
  });

  it("says which methods there are", async () => {
    const response = await ask("/api/v1/sessions/a", { method: "POST" });

    expect(response.headers.get("Allow")).toBe("HEAD, GET, PATCH, DELETE");
  });

  it.each(["/api/v1/documents", "/api/v1/nowhere"])("lets nobody see %s without a token", async (path) => {
    const response = await ask(path, { headers: { Authorization: "Bearer wrong" } });

    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toContain("Bearer");
  });

  it("tells nothing of an error inside", async () => {
    const db = new FakeD1();
    db.outage = "canary-internal";

    const response = await ask("/api/v1/documents", {}, { DB: db.binding });

    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("canary");
    expect(JSON.stringify(logged.map((level) => level.mock.calls))).toContain("canary-internal");
  });

  it("lets nobody in while its tokens cannot be read", async () => {
    const response = await ask("/api/v1/documents", {}, { API_TOKENS: "{" });

    expect([response.status, await code(response)]).toEqual([500, "internal_error"]);
  });

  it("logs every request, never a token or a query", async () => {
    await ask("/api/v1/nowhere?q=canary-query");

    const lines = JSON.stringify(logged.map((level) => level.mock.calls));
    expect(lines).toContain("/api/v1/nowhere");
    expect(lines).not.toContain("canary");
  });
});

describe("every answer", () => {
  it.each([
    ["/health", "GET"],
    ["/nowhere", "GET"],
    ["/api/v1/documents", "OPTIONS"],
    ["/api/v1/sessions", "GET"],
  ])("has security and CORS headers: %s by %s", async (path, method) => {
    const response = await ask(path, { method, headers: { "Access-Control-Request-Method": "PUT" } });

    expect(response.headers.get("Strict-Transport-Security")).toContain("max-age=31536000");
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe(ORIGIN);
  });
});

describe("while storage is off", () => {
  it.each([
    ["POST", "/upload"],
    ["POST", "/presign"],
    ["POST", "/multipart"],
  ])("%s %s answers 503", async (method, path) => {
    const changes = await tokenWith("documents:write");

    const response = await ask(`/api/v1/documents${path}`, { method, body: "{}" }, changes);

    expect([response.status, await code(response)]).toEqual([503, "storage_disabled"]);
    expect(response.headers.get("Retry-After")).toBeTruthy();
  });
});

describe("a session in KV", () => {
  const kv = new FakeKv();
  const db = new FakeD1(index, revisions);

  async function session(method: string, path: string, body?: unknown): Promise<Response> {
    const scopes = await tokenWith("sessions:read", "sessions:write");
    const changes = { ...scopes, TOKEN_KV: kv.binding, DB: db.binding };
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    return ask(`/api/v1/sessions${path}`, init, changes);
  }

  it("is changed within a second of its creation", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.spyOn(CLOCK, "sleep").mockImplementation((milliseconds) => {
      vi.setSystemTime(Date.now() + milliseconds);
      return Promise.resolve();
    });

    const created = await session("POST", "", { chittyId: "CHITTY-1", sessionId: "a" });
    const changed = await session("PATCH", "/a", { metadata: { x: 1 } });
    vi.useRealTimers();

    expect([created.status, changed.status]).toEqual([201, 200]);
  });

  it("answers 503 and when to ask again while KV is out", async () => {
    kv.outage = true;

    const answers = [await session("GET", "/a"), await session("PATCH", "/a", { metadata: {} })];

    for (const answer of answers) {
      expect([answer.status, await code(answer)]).toEqual([503, "session_unavailable"]);
      expect(answer.headers.get("Retry-After")).toBe("5");
    }
  });
});

describe("a demand for a credential", () => {
  const DEMAND = { service: "chittyid", credentialPath: "services/chittyid/service_token", purpose: "test" };

  async function provision(body: unknown, ...scopes: string[]): Promise<Response> {
    const changes = { ...(await tokenWith(...scopes)), CHITTYID_SERVICE_TOKEN: "canary-value" };
    const init = { method: "POST", body: JSON.stringify(body) };
    return ask("/api/v1/credentials/provision", init, changes);
  }

  it("is answered to nobody's cache, and is on record", async () => {
    const response = await provision(DEMAND, "credentials:read");

    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toMatchObject({ ...DEMAND, value: "canary-value" });
    expect(lines("credential_audit")).toContain('"purpose":"test","outcome":"worker_secret","tokenId":"ci"');
  });

  it.each<[string, unknown, string[], string]>([
    ["its token lacks the scope", DEMAND, ["documents:read"], "insufficient_scope"],
    ["it is malformed", { ...DEMAND, value: "canary-own" }, ["credentials:read"], "invalid_request"],
    ["it is too large", { purpose: "canary ".repeat(2000) }, ["credentials:read"], "body_too_large"],
  ])("is on record when %s, without a word of it", async (_, body, scopes, reason) => {
    const response = await provision(body, ...scopes);

    expect(await code(response)).toBe(reason);
    expect(lines("credential_audit")).toContain(`"outcome":"refused","reason":"${reason}","tokenId":"ci"`);
    expect(lines("")).not.toContain("canary");
  });
});

describe("health", () => {
  it.each<[string, Partial<Record<"DB" | "TOKEN_KV", unknown>>, number, string]>([
    ["objects are out", {}, 200, "degraded"],
    ["KV is out", { TOKEN_KV: { get: () => Promise.reject(new Error("out")) } }, 503, "unhealthy"],
  ])("when %s", async (_, changes, status, expected) => {
    vi.resetModules();
    const { default: fresh } = await import("./index");
    const request = new Request("https://host/health") as never;

    const response = await fresh.fetch(request, await env(changes as Partial<Env>), new FakeContext().binding);

    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status: expected, service: "chittyconnect" });
  });

  it.each([
    ["DB", "prepare", "database"],
    ["TOKEN_KV", "get", "kv"],
    ["DOCUMENT_STORAGE", "head", "storage"],
  ])("waits two seconds for %s, no longer", async (binding, operation, check) => {
    vi.useFakeTimers();
    vi.resetModules();
    const { default: fresh } = await import("./index");
    const never = (): unknown => Object.assign(new Promise(() => undefined), { first: never });
    const silent = { [binding]: { [operation]: never } } as Partial<Env>;
    const request = new Request("https://host/health") as never;

    const answering = fresh.fetch(request, await env(silent), new FakeContext().binding);
    await vi.advanceTimersByTimeAsync(2_000);
    const response = await answering;
    vi.useRealTimers();

    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ checks: { [check]: "failed" } });
  });
});
