import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { harness, HOST, tokenOf, useHarness, type Who } from "../harness";

stubRuntime();
useHarness();

const ME = { name: "test", version: "1" };

/** What every client can do; they differ in how they say it. */
interface Speaker {
  connect(transport: never): Promise<void>;
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<object>;
  close(): Promise<void>;
}

type Make = (who: Who, sent: Request[]) => Promise<Speaker>;

/** Lets a client ask the worker in memory, and notes what it sends. */
function options(who: Who, sent: Request[]): object {
  return {
    requestInit: { headers: { Authorization: `Bearer ${tokenOf(who)}` } },
    fetch: async (address: string | URL, init?: RequestInit) => {
      const request = new Request(address, init);
      sent.push(request.clone());
      return harness.send(request);
    },
  };
}

async function old(who: Who, sent: Request[]): Promise<Speaker> {
  const client = new OldClient(ME) as unknown as Speaker;
  await client.connect(new OldTransport(new URL(`${HOST}/mcp`), options(who, sent)) as never);
  return client;
}

function newOne(how: object): Make {
  return async (who, sent) => {
    const client = new Client(ME, how) as unknown as Speaker;
    await client.connect(new StreamableHTTPClientTransport(new URL(`${HOST}/mcp`), options(who, sent)) as never);
    return client;
  };
}

const CLIENTS: [string, Make, string][] = [
  ["sdk 1.32.2 (M1)", old, "initialize"],
  ["client 2.4.0 (M5)", newOne({}), "initialize"],
  ["client 2.4.0, auto (M5, M7)", newOne({ versionNegotiation: { mode: "auto" } }), "server/discover"],
];

describe.each(CLIENTS)("%s", (_, make, begins) => {
  it("finds and calls every tool, and its schemas hold (PA-18, M13)", async () => {
    const sent: Request[] = [];
    const client = await make("claude", sent);
    const { tools } = await client.listTools();
    const call = (name: string, given: Record<string, unknown>): Promise<object> => client.callTool({ name, arguments: given });

    expect(await sent[0]?.json()).toMatchObject({ method: begins });
    expect(tools).toHaveLength(4);
    expect(await call("register_session", { platform: "claude-code", session_id: "s-1" })).toMatchObject({
      structuredContent: { session_id: "s-1" },
    });
    const sync = { source_platform: "claude-code", sync_type: "project_switch", project: { project_id: "atlas", working_directory: "/a" } };
    expect(await call("sync_project", sync)).toMatchObject({ structuredContent: { sequence: 1 } });
    expect(await call("suggest_projects", { platform: "chatgpt", working_directory: "/a" })).toMatchObject({
      structuredContent: { suggestions: [{ project_id: "atlas" }] },
    });
    expect(await call("session_statistics", {})).toMatchObject({ structuredContent: { active_sessions: 1, synced_events: 1 } });
    await client.close();
  });

  it("is told what is wrong with a call (M12, M14)", async () => {
    const client = await make("reader", []);
    await client.listTools();

    expect(await client.callTool({ name: "register_session", arguments: { platform: "a", session_id: "s" } })).toMatchObject({ isError: true });
    await expect(client.callTool({ name: "erase", arguments: {} })).rejects.toMatchObject({ code: -32602 });
    await client.close();
  });

  it("is not let in without a good token (M4)", async () => {
    await expect(make("nobody" as Who, [])).rejects.toThrow();
  });
});

it("sessions of one owner are seen by every client (PA-18)", async () => {
  for (const [index, [, make]] of CLIENTS.entries()) {
    const client = await make(index % 2 ? "chatgpt" : "claude", []);
    await client.callTool({ name: "register_session", arguments: { platform: `p-${index}`, session_id: `s-${index}` } });
    await client.close();
  }
  const [, [, last]] = CLIENTS as [unknown, [string, Make]];
  const client = await last("reader", []);

  expect(await client.callTool({ name: "session_statistics", arguments: {} })).toMatchObject({
    structuredContent: { active_sessions: 3, by_platform: { "p-0": 1, "p-1": 1, "p-2": 1 } },
  });
});
