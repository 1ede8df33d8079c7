import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { harness, HOST, tokenOf, useHarness, type Who } from "../harness";
import { HANDSHAKE, MODERN } from "./protocol";

stubRuntime();
useHarness();

const META = {
  "io.modelcontextprotocol/protocolVersion": MODERN,
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const ACCEPT = { Accept: "application/json, text/event-stream" };

interface Reply {
  status: number;
  error?: { code: number; message: string; data?: object };
  result?: Record<string, unknown>;
}
interface Options {
  headers?: Record<string, string>;
  as?: Who;
  id?: unknown;
}

async function post(body: unknown, { headers = {}, as = "claude" }: Options = {}): Promise<Reply> {
  const answer = await harness.ask("POST", "/mcp", { as, body, headers: { ...ACCEPT, ...headers } });
  const text = await answer.text();
  return { status: answer.status, ...(text === "" ? {} : (JSON.parse(text) as object)) };
}

/** A request of revision 2025-11-25. */
function older(method: string, params?: object, { id = 1, ...options }: Options = {}): Promise<Reply> {
  return post({ jsonrpc: "2.0", id, method, ...(params === undefined ? {} : { params }) }, options);
}

/** A request of revision 2026-07-28, with the headers that go with it. */
function newer(method: string, params: object = {}, { headers = {}, as = "claude" }: Options = {}): Promise<Reply> {
  const { name } = params as { name?: string };
  const own = { "MCP-Protocol-Version": MODERN, "Mcp-Method": method, ...(name === undefined ? {} : { "Mcp-Name": name }) };
  return post({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: META } }, { as, headers: { ...own, ...headers } });
}

const TOOLS = ["suggest_projects", "register_session", "sync_project", "session_statistics"];

describe("the endpoint", () => {
  it.each(["GET", "DELETE", "PUT", "PATCH"])("takes no %s (M2, M3, M9)", async (method) => {
    const answer = await harness.ask(method, "/mcp", { as: "claude" });

    expect([answer.status, answer.headers.get("Allow")]).toEqual([405, "POST"]);
  });

  it("lets nobody in without a token", async () => {
    expect((await harness.ask("POST", "/mcp", { body: {} })).status).toBe(401);
  });

  it.each([
    ["https://evil.example", 403],
    ["https://claude.ai", 200],
    [HOST, 200],
  ])("answers pages of %s with %i (M9)", async (Origin, status) => {
    expect((await older("ping", {}, { headers: { Origin } })).status).toBe(status);
  });

  it.each(["text/plain", "application/json-patch+json"])("takes no %s (M9)", async (type) => {
    expect((await older("ping", {}, { headers: { "Content-Type": type } })).status).toBe(415);
  });

  it("takes JSON with a charset (M2), and answers with JSON and no session", async () => {
    const headers = { "Content-Type": "application/json; charset=utf-8" };
    const answer = await harness.ask("POST", "/mcp", { as: "claude", headers, body: { jsonrpc: "2.0", id: 1, method: "ping" } });

    expect(answer.headers.get("Content-Type")).toBe("application/json");
    expect(answer.headers.has("Mcp-Session-Id")).toBe(false);
  });

  it.each<[unknown, number]>([
    [[], -32600],
    [[{ jsonrpc: "2.0", id: 1, method: "ping" }], -32600],
    ["ping", -32600],
    [{ id: 1, method: "ping" }, -32600],
    [{ jsonrpc: "2.0", id: {}, method: "ping" }, -32600],
    [{ jsonrpc: "2.0", id: 1, method: "ping", params: [] }, -32600],
  ])("refuses %j", async (body, code) => {
    expect(await post(body)).toMatchObject({ status: 400, error: { code } });
  });

  it("refuses what is no JSON", async () => {
    const headers = { Authorization: `Bearer ${tokenOf("claude")}`, "Content-Type": "application/json" };
    const answer = await harness.send(new Request(`${HOST}/mcp`, { method: "POST", headers, body: "{" }));

    expect([answer.status, await answer.json()]).toEqual([400, { jsonrpc: "2.0", id: null, error: { code: -32700, message: "the body is no JSON" } }]);
  });

  it.each([
    { jsonrpc: "2.0", method: "notifications/initialized" },
    { jsonrpc: "2.0", id: 1, result: {} },
  ])("takes note of %j without a word (M2)", async (body) => {
    expect(await post(body)).toEqual({ status: 202 });
  });
});

describe("with a handshake (2025-11-25)", () => {
  it.each([
    [HANDSHAKE, HANDSHAKE],
    ["2025-06-18", "2025-06-18"],
    [MODERN, HANDSHAKE],
    ["1999-01-01", HANDSHAKE],
    [undefined, HANDSHAKE],
  ])("is asked for %s and speaks %s (M15)", async (protocolVersion, spoken) => {
    const { result } = await older("initialize", { protocolVersion, capabilities: {}, clientInfo: { name: "t", version: "1" } });

    expect(result).toMatchObject({ protocolVersion: spoken, capabilities: { tools: {} }, serverInfo: { name: "project-awareness" } });
  });

  it("lists tools that all say what they take (M13), on one page (M11)", async () => {
    const { result } = await older("tools/list");
    const tools = result?.["tools"] as { name: string; inputSchema: object; outputSchema: object }[];

    expect(tools.map(({ name }) => name)).toEqual(TOOLS);
    for (const tool of tools) expect(tool).toMatchObject({ inputSchema: { type: "object" }, outputSchema: { type: "object" } });
    expect(result).not.toHaveProperty("nextCursor");
    expect(result).not.toHaveProperty("resultType");
  });

  it("does what it is told, and what it told is seen", async () => {
    const sync = { source_platform: "claude-code", sync_type: "project_switch", project: { project_id: "atlas", working_directory: "/a" } };
    await older("tools/call", { name: "register_session", arguments: { platform: "claude-code", session_id: "s-1" } });
    const told = await older("tools/call", { name: "sync_project", arguments: sync });
    const asked = await older("tools/call", { name: "suggest_projects", arguments: { platform: "chatgpt", working_directory: "/a" } }, { as: "chatgpt" });
    const counted = await older("tools/call", { name: "session_statistics" });

    expect(told.result).toMatchObject({ structuredContent: { sequence: 1, project: { project_id: "atlas" } } });
    expect(asked.result).toMatchObject({ structuredContent: { suggestions: [{ project_id: "atlas" }] } });
    expect(counted.result).toMatchObject({ structuredContent: { active_sessions: 1, synced_events: 1 } });
    const [{ text }] = told.result?.["content"] as [{ text: string }];
    expect(JSON.parse(text)).toEqual(told.result?.["structuredContent"]);
  });

  it("says what is wrong with a call as its result (M12, M14)", async () => {
    const results = [
      await older("tools/call", { name: "register_session", arguments: { platform: "claude-code" } }),
      await older("tools/call", { name: "register_session", arguments: { platform: "a", session_id: "s" } }, { as: "reader" }),
    ];

    expect(results).toMatchObject([
      { status: 200, result: { isError: true, content: [{ text: expect.stringContaining("session_id must be") as string }] } },
      { status: 200, result: { isError: true, content: [{ text: "the token lacks the scope sessions:write" }] } },
    ]);
  });

  it.each([
    ["tools/call", { name: "erase" }, -32602],
    ["server/discover", {}, -32601],
    ["resources/list", {}, -32601],
  ])("does not know %s %j, and says so under 200 (M6, M12)", async (method, params, code) => {
    expect(await older(method, params)).toMatchObject({ status: 200, error: { code } });
  });

  it("tells nothing of an error inside", async () => {
    harness.buckets.projects.failing.add("put");
    harness.guards.outage = true;
    const sync = { source_platform: "a", sync_type: "context_update", project: { project_id: "p" }, context: {} };
    const answer = await older("tools/call", { name: "sync_project", arguments: sync });

    expect(answer).toMatchObject({ status: 200, result: { isError: true } });
    expect(JSON.stringify(answer)).not.toContain("put");
  });

  it("gives an id of either kind back (M16)", async () => {
    expect(await older("ping", {}, { id: "seven" })).toEqual({ status: 200, jsonrpc: "2.0", id: "seven", result: {} });
  });

  it("does not take a revision that it does not speak", async () => {
    const answer = await older("ping", {}, { headers: { "MCP-Protocol-Version": "1999-01-01" } });

    expect(answer).toMatchObject({ status: 400, error: { code: -32022, data: { supported: [MODERN, HANDSHAKE, "2025-06-18", "2025-03-26"] } } });
  });
});

describe("without a handshake (2026-07-28)", () => {
  it("says what it speaks", async () => {
    const { result } = await newer("server/discover");

    expect(result).toMatchObject({ resultType: "complete", supportedVersions: [MODERN], capabilities: { tools: {} }, ttlMs: 300_000, cacheScope: "private" });
  });

  it("lists tools with how long they may be kept (M8)", async () => {
    const { result } = await newer("tools/list");

    expect(result).toMatchObject({ resultType: "complete", ttlMs: 300_000, cacheScope: "private", tools: TOOLS.map((name) => ({ name })) });
  });

  it("calls tools", async () => {
    const { result } = await newer("tools/call", { name: "session_statistics", arguments: {} });

    expect(result).toMatchObject({ resultType: "complete", structuredContent: { active_sessions: 0 } });
  });

  it.each(["initialize", "ping", "resources/list"])("does not know %s (M7, M9)", async (method) => {
    expect(await newer(method)).toMatchObject({ status: 404, error: { code: -32601 } });
  });

  it.each<[string, Record<string, string>]>([
    ["another revision", { "MCP-Protocol-Version": HANDSHAKE }],
    ["another method", { "Mcp-Method": "tools/list" }],
    ["another tool", { "Mcp-Name": "sync_project" }],
    ["another tool in Base64", { "Mcp-Name": `=?base64?${btoa("sync_project")}?=` }],
    ["what is no Base64", { "Mcp-Name": "=?base64?*?=" }],
  ])("refuses headers that say %s (M9)", async (_, headers) => {
    const answer = await newer("tools/call", { name: "session_statistics" }, { headers });

    expect(answer).toMatchObject({ status: 400, error: { code: -32020 } });
  });

  it("takes a name in Base64", async () => {
    const headers = { "Mcp-Name": `=?base64?${btoa("session_statistics")}?=` };

    expect((await newer("tools/call", { name: "session_statistics" }, { headers })).status).toBe(200);
  });

  it.each<[string, object, Record<string, string>, number]>([
    ["no headers", { _meta: META }, {}, -32020],
    ["a revision that is none", { _meta: { ...META, "io.modelcontextprotocol/protocolVersion": "2027-01-01" } }, {}, -32022],
    ["no capabilities", { _meta: { "io.modelcontextprotocol/protocolVersion": MODERN } }, {}, -32602],
    ["the header alone", {}, { "MCP-Protocol-Version": MODERN }, -32602],
  ])("refuses %s", async (_, params, headers, code) => {
    const answer = await post({ jsonrpc: "2.0", id: 1, method: "tools/list", params }, { headers });

    expect(answer).toMatchObject({ status: 400, error: { code } });
  });
});
