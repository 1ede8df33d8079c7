import { isObject } from "#lib/json";
import type { SERVICE } from "../info";

/** Revision whose requests each say who they are by. */
export const MODERN = "2026-07-28";
/** Revision that begins with a handshake; what an `initialize` of any other is answered with. */
export const HANDSHAKE = "2025-11-25";
/** Revisions with a handshake that are spoken the same way. */
export const HANDSHAKES: readonly string[] = [HANDSHAKE, "2025-06-18", "2025-03-26"];

const META = "io.modelcontextprotocol/";
const VERSION_KEY = `${META}protocolVersion`;
const CAPABILITIES_KEY = `${META}clientCapabilities`;
const SERVER_KEY = `${META}serverInfo`;

/** Codes of JSON-RPC and of MCP. */
export const CODES = {
  invalidRequest: -32600,
  unknownMethod: -32601,
  invalidParams: -32602,
  parse: -32700,
  headerMismatch: -32020,
  unsupportedVersion: -32022,
} as const;

/** One message of a client: without `id` it wants no answer. */
export interface Message {
  id: string | number | undefined;
  method: string;
  params: Record<string, unknown>;
}

/** What is wrong with a message: a code, a sentence, and the status that the answer then has. */
export class McpError extends Error {
  constructor(
    readonly code: number,
    message: string,
    readonly status = 200,
    readonly data?: object,
  ) {
    super(message);
  }
}

/** Read *value* as a message. `"response"` for what answers a server's own request, of which there are none. McpError. */
export function messageOf(value: unknown): Message | "response" {
  if (Array.isArray(value)) throw new McpError(CODES.invalidRequest, "one message a request; batches are not taken", 400);
  if (!isObject(value) || value["jsonrpc"] !== "2.0") throw malformed();
  const { id, method, params = {} } = value;
  if (isResponse(value)) return "response";
  if (typeof method !== "string" || !isObject(params) || !isId(id)) throw malformed();
  return { id, method, params };
}

function isResponse(value: Record<string, unknown>): boolean {
  return value["method"] === undefined && ("result" in value || "error" in value);
}

function isId(value: unknown): value is Message["id"] {
  return value === undefined || typeof value === "string" || Number.isInteger(value);
}

function malformed(): McpError {
  return new McpError(CODES.invalidRequest, "the body is no message of JSON-RPC 2.0", 400);
}

/**
 * Say whether *message* is of the revision without a handshake, by its own word; headers have to agree. McpError where
 * they do not, and for a revision that is not spoken.
 */
export function isModern(message: Message, headers: Headers): boolean {
  const meta = isObject(message.params["_meta"]) ? message.params["_meta"] : {};
  const said = headers.get("MCP-Protocol-Version")?.trim();
  const claimed = meta[VERSION_KEY];
  if (claimed === undefined) return isModernByHeader(message, said);
  if (claimed !== MODERN) throw unsupported(typeof claimed === "string" ? claimed : "");
  if (!isObject(meta[CAPABILITIES_KEY])) throw new McpError(CODES.invalidParams, `_meta lacks ${CAPABILITIES_KEY}`, 400);
  if (message.id !== undefined) checkHeaders(message, headers, said);
  return true;
}

/** A notification may say its revision by the header alone. */
function isModernByHeader({ id }: Message, said: string | undefined): boolean {
  if (said === MODERN && id !== undefined) throw new McpError(CODES.invalidParams, `_meta lacks ${VERSION_KEY}`, 400);
  if (said !== undefined && said !== MODERN && !HANDSHAKES.includes(said)) throw unsupported(said);
  return said === MODERN;
}

function checkHeaders({ method, params }: Message, headers: Headers, version: string | undefined): void {
  const wanted: [string, string | undefined, unknown][] = [
    ["MCP-Protocol-Version", version, MODERN],
    ["Mcp-Method", headers.get("Mcp-Method")?.trim(), method],
  ];
  if (method === "tools/call") wanted.push(["Mcp-Name", decoded(headers.get("Mcp-Name")?.trim()), params["name"]]);
  for (const [name, given, said] of wanted) {
    if (given === said) continue;
    const what = given === undefined ? "is missing" : "says something else than the body";
    throw new McpError(CODES.headerMismatch, `the header ${name} ${what}`, 400);
  }
}

/** What a header cannot have is sent in Base64. */
function decoded(value: string | undefined): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value ?? "")?.[1];
  if (encoded === undefined) return value;
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0)));
  } catch {
    return "";
  }
}

function unsupported(requested: string): McpError {
  const supported = [MODERN, ...HANDSHAKES];
  return new McpError(CODES.unsupportedVersion, "the revision of the protocol is not spoken here", 400, { supported, requested });
}

/** What the server calls itself. */
export interface ServerInfo {
  name: typeof SERVICE;
  version: string;
}

/** *result* as the modern revision has it. */
export function completed(result: object, server: ServerInfo): object {
  return { ...result, resultType: "complete", _meta: { [SERVER_KEY]: server } };
}
