import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { harness, LOAD_KEY, tokenOf, useHarness } from "../harness";
import { notePoint } from "./points";
import { suspicionOf } from "./suspicious";

stubRuntime();
useHarness();

const CANARY = "canary-8d1f4e";
/** Points that Cloudflare takes of one request: those beyond vanish. */
const MOST_POINTS = 250;

describe("a request (PA-12)", () => {
  it.each([
    ["GET", "/health", "/health", 200],
    ["HEAD", "/health", "/health", 200],
    ["PUT", "/health", "/health", 405],
    ["GET", "/nowhere/at/all", "*", 404],
    ["GET", "/api/nowhere", "*", 404],
    ["GET", "/static/nothing.js", "/static/*", 404],
    ["GET", "/project-awareness/api/info", "/api/info", 200],
    ["GET", "/api/sessions/s-1", "/api/sessions/:session_id", 401],
    ["GET", "/api/projects/atlas/context", "/api/projects/:project_id/context", 401],
    ["POST", "/mcp", "/mcp", 401],
    ["GET", "/ws", "/ws", 401],
  ])("%s %s is one point, under the pattern %s", async (method, path, pattern, status) => {
    await harness.ask(method, path, { cf: { colo: "WAW" } });

    const endpoint = `${method} ${pattern}`;
    const counted = harness.points.filter(({ dataset }) => dataset === "usage");
    const blobs = [endpoint, method, `${Math.floor(status / 100)}xx`, "", "WAW", ""];
    expect(counted).toEqual([{ dataset: "usage", index: endpoint, blobs, doubles: [status, 0] }]);
  });

  it("that asks ahead whether a page may ask is one as well", async () => {
    const headers = { "Origin": "https://claude.ai", "Access-Control-Request-Method": "POST" };
    await harness.ask("OPTIONS", "/api/projects/sync", { headers });

    expect(harness.pointsOf("usage").map(([endpoint]) => endpoint)).toEqual(["OPTIONS /api/projects/sync"]);
  });

  it("is one of its platform, however it says so", async () => {
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call" };
    const registration = { platform: "cursor", session_id: "s-2" };
    await harness.ask("GET", "/api/projects/suggestions?platform=chatgpt");
    await harness.ask("GET", "/api/projects/suggestions?platform=chatgpt");
    await harness.ask("GET", "/api/projects/sync?platform=gemini", { as: "claude" });
    await harness.register("claude", "s-1");
    await harness.switchTo("claude", "atlas");
    await harness.ask("POST", "/mcp", {
      as: "claude",
      body: { ...call, params: { name: "register_session", arguments: registration } },
    });

    const platforms = harness.pointsOf("usage").map((blobs) => blobs[4]);
    expect(platforms).toEqual(["chatgpt", "chatgpt", "gemini", "claude-code", "claude-code", "cursor"]);
  });

  it("has no data centre where none is known", async () => {
    for (const cf of [{}, { colo: CANARY }, { colo: 7 }]) await harness.ask("GET", "/health", { cf });

    expect(harness.pointsOf("usage").map((blobs) => blobs[5])).toEqual(["", "", ""]);
  });

  it("has far fewer points than Cloudflare takes of one", async () => {
    await harness.ask("GET", "/.env?q=<script>", { headers: { "X-Load-Test": "forged" } });
    await harness.switchTo("claude", "atlas");

    expect(harness.points.length).toBeLessThan(MOST_POINTS / 10);
  });
});

describe("what is measured (PA-12)", () => {
  it("is told with the endpoint that waited", async () => {
    await harness.ask("GET", "/api/projects/suggestions?platform=test", { as: "claude" });
    await harness.register("claude", "s-1");
    await harness.switchTo("claude", "atlas");

    expect(harness.pointsOf("performance")).toEqual([
      ["ai_response_time", "ai_response_time", "GET /api/projects/suggestions"],
      ["session_consolidation_duration", "session_consolidation_duration", "POST /api/sessions/register"],
      ["cross_platform_sync_latency", "cross_platform_sync_latency", "POST /api/projects/sync"],
    ]);
  });
});

describe("an event of security (PA-12)", () => {
  const of = (kind: string, detail: string, path: string): string[] => [kind, kind, detail, path];
  const initialize = { jsonrpc: "2.0", id: 1, method: "initialize", params: {} };

  it("is a try without a token that is good", async () => {
    await harness.ask("GET", "/api/sessions/statistics");
    await harness.ask("GET", "/ws", { headers: { "Sec-WebSocket-Protocol": `chittyos, bearer.${CANARY}` } });

    expect(harness.pointsOf("security")).toEqual([
      of("failed_authentications", "no_token", "/api/sessions/statistics"),
      of("failed_authentications", "token_not_valid", "/ws"),
    ]);
  });

  it("is what a token may not do, and a page that may not ask", async () => {
    await harness.register("reader", "s-1");
    await harness.ask("POST", "/mcp", { as: "claude", headers: { Origin: "https://evil.example" }, body: initialize });

    expect(harness.pointsOf("security")).toEqual([
      of("blocked_requests", "insufficient_scope", "/api/sessions/register"),
      of("blocked_requests", "origin_not_allowed", "/mcp"),
    ]);
  });

  it("is every limit that is hit, by REST and by MCP", async () => {
    await harness.start({ MAX_SESSIONS_PER_IP: "1", RATE_LIMITS: '{"suggestions":[1,1]}' });
    const given = { name: "register_session", arguments: { platform: "test", session_id: "s-3" } };
    for (const id of ["s-1", "s-2"]) await harness.register("claude", id);
    await harness.ask("POST", "/mcp", { as: "claude", body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: given } });
    for (let asked = 0; asked < 2; asked++) await harness.ask("GET", "/api/projects/suggestions?platform=test");

    expect(harness.pointsOf("security")).toEqual([
      of("rate_limit_triggers", "too_many_sessions", "/api/sessions/register"),
      of("rate_limit_triggers", "too_many_sessions", "/mcp"),
      of("rate_limit_triggers", "suggestions", "/api/projects/suggestions"),
    ]);
  });

  it("is a probe, whatever it is answered", async () => {
    await harness.ask("GET", "/.env");
    await harness.ask("GET", "/health", { headers: { "X-Load-Test": "1764417600.0123456789abcdef.00" } });

    expect(harness.pointsOf("security")).toEqual([
      of("suspicious_patterns", "hidden_file", "*"),
      of("suspicious_patterns", "forged_load_test", "/health"),
    ]);
  });

  it("is none of an error that is nobody's fault, or of what is allowed", async () => {
    harness.sessions.outage = true;
    await harness.register("claude", "s-1");
    await harness.ask("GET", "/api/info");

    expect(harness.pointsOf("security")).toEqual([]);
    expect(harness.pointsOf("usage").map((blobs) => blobs[3])).toEqual(["5xx", "2xx"]);
  });
});

describe("a probe", () => {
  it.each([
    ["/.git/config", "hidden_file"],
    ["/%2eenv", "hidden_file"],
    ["/a/wp-login.php", "foreign_software"],
    ["/cgi-bin/x", "foreign_software"],
    ["/static/..%2f..%2fetc/passwd", "traversal"],
    ["/static/..%252f..%252fetc/passwd", "traversal"],
    ["/api/info?q=%3Cscript%3E", "markup"],
    ["/api/info?q=1'+or+'1'='1", "sql"],
    ["/api/info?q=1%20UNION%20ALL%20SELECT", "sql"],
  ])("%s is known as %s", (path, name) => {
    expect(suspicionOf(`https://x.example${path}`)).toBe(name);
  });

  it.each([
    "/.well-known/oauth-protected-resource/mcp",
    "/api/projects/suggestions?platform=test&working_directory=../php/.git&git_branch=feature/o'r",
    "/static/follow.0123456789abcdef.js",
    `/${"x".repeat(10_000)}`,
    "/%ff%zz",
  ])("%s is none", (path) => {
    expect(suspicionOf(`https://x.example${path}`)).toBeUndefined();
  });
});

describe("no point", () => {
  it("holds a token, a query, an address, or a path that somebody made up", async () => {
    const headers = { "X-Load-Test": `${LOAD_KEY}${CANARY}`, "User-Agent": CANARY };
    const address = "198.51.100.77";
    for (const path of [`/${CANARY}.php?${CANARY}`, `/api/sessions/${CANARY}`, `/api/projects/${CANARY}/context?x=${CANARY}`]) {
      await harness.ask("GET", path, { as: "claude", headers, address });
      await harness.ask("GET", path, { headers: { ...headers, Authorization: `Bearer ${CANARY}` }, address });
    }
    await harness.ask("GET", `/api/projects/suggestions?platform=é${CANARY}`, { headers, address });
    await harness.switchTo("claude", CANARY);
    await harness.register("claude", CANARY);

    const written = JSON.stringify(harness.points);
    expect(harness.points.length).toBeGreaterThan(10);
    for (const secret of [CANARY, tokenOf("claude"), LOAD_KEY, address, "198.51"]) expect(written).not.toContain(secret);
  });

  it("is larger than a dataset takes", () => {
    const written: AnalyticsEngineDataPoint[] = [];
    const dataset = { writeDataPoint: (point = {}) => void written.push(point) };
    notePoint(dataset, { index: "é".repeat(60), blobs: Array<string>(25).fill("é".repeat(9_000)), doubles: [Infinity] });

    const [point] = written;
    const bytes = (text: unknown): number => new TextEncoder().encode(String(text)).byteLength;
    expect(bytes(point?.indexes?.[0])).toBe(96);
    expect(point?.blobs).toHaveLength(20);
    expect((point?.blobs ?? []).reduce((sum: number, blob) => sum + bytes(blob), 0)).toBeLessThanOrEqual(16_000);
    expect(point?.doubles).toEqual([0]);
  });
});
