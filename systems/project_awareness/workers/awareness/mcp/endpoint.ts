import { ApiError } from "#lib/errors";
import { readJson } from "#lib/body";
import type { Json } from "#lib/json";
import { describeError, log } from "#lib/log";
import type { ApiContext } from "#lib/route";
import { variable } from "#lib/variables";
import type { Env } from "../env";
import { SERVICE, VERSION } from "../info";
import { CODES, completed, HANDSHAKE, HANDSHAKES, isModern, McpError, messageOf, MODERN, type Message } from "./protocol";
import { call, listed } from "./tools";

const BODY_BYTES = 262_144;
/** How long a client may keep the list of tools, which changes with a deployment alone. */
const LIST_MS = 300_000;
const SERVER = { name: SERVICE, version: VERSION } as const;
const CAPABILITIES = { tools: {} };
const INSTRUCTIONS =
  "Call register_session when you begin, suggest_projects to learn what your user works on, and sync_project when the " +
  "project changes, so that the user's other assistants know.";

/**
 * Answer `/mcp`: the Model Context Protocol over HTTP, without sessions and streams, in both of its forms: with a
 * handshake (2025-11-25) and without (2026-07-28).
 */
export async function answerMcp(c: ApiContext<Env>): Promise<Response> {
  if (c.req.method !== "POST") {
    throw new ApiError(405, "method_not_allowed", "this address takes POST", { Allow: "POST" });
  }
  checkOrigin(c);
  let id: Message["id"];
  try {
    const message = messageOf(await read(c));
    if (message === "response") return c.body(null, 202);
    id = message.id;
    const isOfNow = isModern(message, c.req.raw.headers);
    // A notification is taken note of, and there is none that anything follows from.
    if (id === undefined) return c.body(null, 202);
    const result = await (isOfNow ? modern(c, message) : withHandshake(c, message));
    return c.json({ jsonrpc: "2.0", id, result: result as Json });
  } catch (error) {
    return explained(id, error);
  }
}

/** Pages may ask as far as answers may be read by them. Programs send no origin. */
function checkOrigin(c: ApiContext<Env>): void {
  const origin = c.req.header("Origin");
  const allowed = variable<Env>(c.env, "CORS_ORIGIN").split(",").map((each) => each.trim());
  if (origin === undefined || origin === c.env.OWN_ORIGIN || allowed.includes("*") || allowed.includes(origin)) return;
  throw new ApiError(403, "origin_not_allowed", "pages of this origin may not ask here");
}

async function read(c: ApiContext<Env>): Promise<Json> {
  const type = c.req.header("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new ApiError(415, "unsupported_media_type", "the body must be application/json");
  try {
    return await readJson(c.req.raw, BODY_BYTES);
  } catch (error) {
    if (error instanceof ApiError && error.status === 400) throw new McpError(CODES.parse, "the body is no JSON", 400);
    throw error;
  }
}

async function modern(c: ApiContext<Env>, { method, params }: Message): Promise<object> {
  switch (method) {
    case "server/discover":
      return completed(
        { supportedVersions: [MODERN], capabilities: CAPABILITIES, instructions: INSTRUCTIONS, ttlMs: LIST_MS, cacheScope: "private" },
        SERVER,
      );
    case "tools/list":
      return completed({ tools: listed(), ttlMs: LIST_MS, cacheScope: "private" }, SERVER);
    case "tools/call":
      return completed(await callOf(c, params), SERVER);
    default:
      throw unknownMethod(method, 404);
  }
}

async function withHandshake(c: ApiContext<Env>, { method, params }: Message): Promise<object> {
  switch (method) {
    case "initialize": {
      const asked = params["protocolVersion"];
      const protocolVersion = typeof asked === "string" && HANDSHAKES.includes(asked) ? asked : HANDSHAKE;
      return { protocolVersion, capabilities: CAPABILITIES, serverInfo: SERVER, instructions: INSTRUCTIONS };
    }
    case "ping":
      return {};
    case "tools/list":
      return { tools: listed() };
    case "tools/call":
      return callOf(c, params);
    default:
      throw unknownMethod(method, 200);
  }
}

async function callOf(c: ApiContext<Env>, params: Message["params"]): Promise<object> {
  const result = await call(c, params["name"], params["arguments"]);
  if (result === undefined) throw new McpError(CODES.invalidParams, "there is no such tool");
  return result;
}

function unknownMethod(method: string, status: number): McpError {
  return new McpError(CODES.unknownMethod, `the method ${method.slice(0, 64)} is not known`, status);
}

/** What a client may know of *error*; of what is not foreseen it learns nothing. */
function explained(id: Message["id"], error: unknown): Response {
  if (error instanceof ApiError) throw error;
  const known = error instanceof McpError ? error : new McpError(-32603, "something went wrong, it has been logged");
  if (known !== error) log("error", "mcp_failed", describeError(error));
  const said = { code: known.code, message: known.message, ...(known.data === undefined ? {} : { data: known.data }) };
  return Response.json({ jsonrpc: "2.0", id: id ?? null, error: said }, { status: known.status });
}
