// Speaks MCP to an endpoint with one of the public clients. On standard input {client, url, headers, calls}; answers
// what it sent first, the revision they agreed on, the tools, and what came of each call.
import "./loopback.mjs";

import { text } from "node:stream/consumers";

import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as OldClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as OldTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const ME = { name: "test", version: "1" };
const MAKE = {
  "sdk 1.32.2": () => [new OldClient(ME), OldTransport],
  "client 2.4.0": () => [new Client(ME), StreamableHTTPClientTransport],
  "client 2.4.0, auto": () => [new Client(ME, { versionNegotiation: { mode: "auto" } }), StreamableHTTPClientTransport],
};

const { client: name, url, headers, calls } = JSON.parse(await text(process.stdin));
const sent = [];
const [client, Transport] = MAKE[name]();
const transport = new Transport(new URL(url), { requestInit: { headers }, fetch: noted });

try {
  await client.connect(transport);
  const { tools } = await client.listTools();
  const results = [];
  for (const [tool, given] of calls) results.push(await outcome(tool, given));
  await client.close();
  answer({ sent, tools: tools.map((tool) => tool.name), results });
} catch (error) {
  answer({ sent, refused: String(error.message) });
}

async function outcome(tool, given) {
  try {
    return await client.callTool({ name: tool, arguments: given });
  } catch (error) {
    return { code: error.code };
  }
}

async function noted(address, init) {
  const response = await fetch(address, init);
  const { method = null } = JSON.parse(init.body ?? "{}");
  const revision = new Headers(init.headers).get("mcp-protocol-version");
  sent.push({ method, revision, status: response.status });
  return response;
}

function answer(what) {
  process.stdout.write(JSON.stringify(what));
}
