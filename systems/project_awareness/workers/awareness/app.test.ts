import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { code, harness, HOST, useHarness } from "./harness";
import { ROUTES } from "./routes";

stubRuntime();
useHarness();

const EVERYWHERE: [string, string][] = [
  ["GET", "/health"],
  ["GET", "/api/info"],
  ["GET", "/docs"],
  ["GET", "/docs/openapi.json"],
  ["GET", "/nowhere"],
  ["PUT", "/health"],
  ["GET", "/static/nothing.js"],
  ["GET", "/mcp"],
  ["OPTIONS", "/api/projects/sync"],
  ["GET", "/.well-known/oauth-protected-resource/mcp"],
  ["GET", "/.well-known/oauth-protected-resource"],
  ...ROUTES.map(({ method, path }): [string, string] => [method, path.replaceAll(/:\w+/g, "1")]),
];

describe("every answer (PA-7)", () => {
  it.each(EVERYWHERE)("of %s %s says whether it may be kept", async (method, path) => {
    const headers = { "Access-Control-Request-Method": "POST" };
    for (const as of [undefined, "claude"] as const) {
      const answer = await harness.ask(method, path, { as, headers });

      expect(answer.headers.get("Cache-Control")).toMatch(/^(?:no-store|(?:private|public), max-age=\d+(?:, immutable)?)$/);
    }
  });

  it.each(EVERYWHERE)("of %s %s has the headers of a platform host (FW-5)", async (method, path) => {
    const answer = await harness.ask(method, path, { headers: { "Access-Control-Request-Method": "POST" } });

    expect(answer.headers.get("Strict-Transport-Security")).toContain("max-age=31536000");
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://claude.ai");
  });
});

describe("the endpoints (PA-15)", () => {
  it.each(ROUTES.filter(({ scope }) => scope !== "suggestions").map(({ method, path }) => [method, path]))(
    "%s %s is closed to strangers (PA-8)",
    async (method, path) => {
      const answer = await harness.ask(method, path.replaceAll(/:\w+/g, "1"));

      expect([answer.status, await code(answer)]).toEqual([401, "unauthorized"]);
    },
  );

  it("say that they are healthy in compact JSON (PA-11)", async () => {
    const answer = await harness.ask("GET", "/health");

    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"status":"healthy"');
  });

  it("say what there is", async () => {
    const info = await harness.json<Record<string, unknown>>("GET", "/api/info");

    expect(info).toMatchObject({ name: "project-awareness", version: "0.1.0", mcp: "/mcp" });
    expect(info["endpoints"]).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`));
    expect(info["services"]).toEqual({
      registry: "https://registry.example",
      chittychat: "https://chittychat.example",
      chittyid: "https://id.example",
    });
  });

  it("are described as those of the deployment that is asked (PA-18)", async () => {
    await harness.start({ OWN_ORIGIN: "https://project-awareness-staging.example" });
    const { servers } = await harness.json<{ servers: object[] }>("GET", "/docs/openapi.json");

    expect(servers).toEqual([{ url: "https://project-awareness-staging.example" }]);
  });

  it("have files that are kept for a year, by names that change with their content", async () => {
    const { static: files } = await harness.json<{ static: string[] }>("GET", "/api/info");

    for (const file of files) {
      const answer = await harness.ask("GET", file);
      expect(file).toMatch(/^\/static\/[\w-]+\.[0-9a-f]{16}\.js$/);
      expect(answer.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
      expect(await answer.text()).toContain("export function follow");
    }
    expect(files).toHaveLength(1);
  });

  it("answer below a shared host as on their own (PA-2)", async () => {
    const answer = await harness.ask("GET", "/project-awareness/api/info");

    expect(await answer.json()).toMatchObject({ name: "project-awareness" });
    expect((await harness.ask("GET", "/project-awarenessx/api/info")).status).toBe(404);
  });

  it("name paths below a shared host as they are there (PA-2, PA-7)", async () => {
    const body = { platform: "claude-code", session_id: "s-1" };
    const made = await harness.ask("POST", "/project-awareness/api/sessions/register", { as: "claude", body });
    const verified = await harness.ask("POST", "/project-awareness/api/auth/verify", { as: "claude" });
    const at = made.headers.get("Location") ?? "";

    expect(at).toBe("/project-awareness/api/sessions/s-1");
    expect(await harness.json("GET", at, { as: "claude" })).toMatchObject({ session_id: "s-1" });
    expect(made.headers.get("Set-Cookie")).toContain("session_updated=1; Max-Age=60; Path=/project-awareness/api;");
    expect(verified.headers.get("Set-Cookie")).toContain("; Path=/project-awareness/api/auth;");
  });

  it("grant the pages of the stack, and no other (PA-3)", async () => {
    const of = async (origin: string): Promise<string | null> =>
      (await harness.ask("GET", "/api/info", { headers: { Origin: origin } })).headers.get("Access-Control-Allow-Origin");

    expect(await of("https://chatgpt.com")).toBe("https://chatgpt.com");
    expect(await of("https://evil.example")).toBe("https://claude.ai");
    await harness.start({ CORS_ORIGIN: "*" });
    expect(await of("https://evil.example")).toBe("*");
  });
});

describe("a token", () => {
  it("is told who it is, with a cookie that is signed", async () => {
    const answer = await harness.ask("POST", "/api/auth/verify", { as: "reader" });

    expect(await answer.json()).toEqual({
      token_id: "reader",
      subject: "owner:CHITTY-1",
      scopes: ["projects:read", "sessions:read"],
      expires_at: null,
    });
    expect(answer.headers.get("Set-Cookie")).toMatch(
      /^verified_session=\d{10}\.[0-9a-f]{16}\.[0-9a-f]{64}; Max-Age=900; Path=\/api\/auth; Secure; HttpOnly; SameSite=Strict$/,
    );
  });

  it("may do what its scopes say", async () => {
    const answers = [
      await harness.register("reader", "s-1"),
      await harness.switchTo("reader", "atlas"),
      await harness.ask("DELETE", "/api/sessions/s-1", { as: "reader" }),
    ];

    for (const answer of answers) expect([answer.status, await code(answer)]).toEqual([403, "insufficient_scope"]);
  });

  it("has its cookie taken away", async () => {
    const answer = await harness.ask("DELETE", "/api/auth/session", { as: "claude" });

    expect([answer.status, answer.headers.get("Set-Cookie")]).toEqual([204, expect.stringContaining("verified_session=; Max-Age=0;")]);
  });

  it("stands in no log", async () => {
    await harness.register("claude", "s-1");
    await harness.ask("GET", "/ws", { headers: { "Sec-WebSocket-Protocol": "chittyos, bearer.canary-wrong" } });

    expect(harness.lines()).toContain("/api/sessions/register");
    expect(harness.lines()).not.toContain("canary");
  });
});

describe("what guards the endpoint of MCP", () => {
  it("is said where clients look for it (M4, M17)", async () => {
    const refused = await harness.ask("POST", "/mcp", { body: {} });
    const said = /resource_metadata="([^"]+)"/.exec(refused.headers.get("WWW-Authenticate") ?? "")?.[1] ?? "";
    const metadata = await harness.json<{ resource: string }>("GET", said.slice(HOST.length));

    expect(refused.status).toBe(401);
    expect(metadata.resource).toBe(`${HOST}/mcp`);
    expect((await harness.ask("GET", "/.well-known/oauth-authorization-server")).status).toBe(404);
  });
});
