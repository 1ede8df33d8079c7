import { ApiError } from "#lib/errors";
import { isObject } from "#lib/json";
import { check } from "#lib/schema";
import { SESSION_CHANGE, type SessionChange } from "../model";

/** What a client asks over its WebSocket. */
export type Demand =
  | { type: "ping" }
  | { type: "get" }
  | { type: "update"; change: SessionChange };

/** Read a message. ApiError when it is not one of the three. */
export function parseMessage(message: string | ArrayBuffer): Demand {
  const { type, ...rest } = parseObject(message);
  switch (type) {
    case "ping":
    case "get":
      return { type };
    case "update":
      return { type, change: check(SESSION_CHANGE, rest, "the message") };
    default:
      throw malformed('type must be "ping", "get" or "update"');
  }
}

function parseObject(message: string | ArrayBuffer): Record<string, unknown> {
  if (typeof message !== "string") throw malformed("a message must be text");
  try {
    const value: unknown = JSON.parse(message);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw malformed("a message must be a JSON object");
}

function malformed(message: string): ApiError {
  return new ApiError(400, "invalid_message", message);
}
