import { invalid, ApiError } from "#lib/errors";
import { jsonBytes, mergePatch, type Json, type JsonObject } from "#lib/json";
import { fields, integer, integerOr, jsonObject, text } from "#lib/validate";
import type { SessionLimits } from "../config";

/** Who holds a session: the place of its truth. */
export type StoreName = "durable_object" | "kv";

/** One session. Times are ISO 8601 in UTC. */
export interface Session {
  sessionId: string;
  chittyId: string;
  metadata: JsonObject;
  createdAt: string;
  updatedAt: string;
  expiresAt: string;
  /** 1 when created, one more with every change. */
  revision: number;
  store: StoreName;
  /**
   * In answers only: the rollout went back, the object keeps the session to its end, and no change
   * moves that end further away.
   */
  draining?: true;
}

/** A change of a session: *metadata* is merged (RFC 7396), *expiresIn* counts from now. */
export interface SessionChange {
  metadata?: JsonObject;
  /** Seconds. */
  expiresIn?: number;
}

/** `too_large`: the changed state would be above the cap, nothing was changed. */
export type ChangeResult = Session | "absent" | "too_large";

export const SESSION_ID = {
  // "metrics" is an address of its own.
  pattern: /^(?!metrics$)[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
  expected: "1 to 128 letters, digits, '.', '_', ':' or '-', and not \"metrics\"",
};

export const CHITTY_ID = {
  pattern: /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{2,63}$/,
  expected: "3 to 64 letters, digits, '.', '_' or '-'",
};

const EXPIRES_IN = { min: 1, max: 30 * 86_400 };
const METADATA_DEPTH = 8;

/** The session that *body* of a POST asks for, not yet stored. 400 or 413 when it may not be. */
export function newSession(body: Json, limits: SessionLimits, now: number): Session {
  const given = fields(body, ["chittyId", "sessionId", "metadata", "expiresIn"]);
  const ttl = integerOr(given["expiresIn"], "expiresIn", EXPIRES_IN, limits.ttlSeconds);
  const metadata = metadataOf(given["metadata"] ?? {});
  if (jsonBytes(metadata) > limits.maxBytes) throw stateTooLarge(limits);
  return {
    sessionId: text(given["sessionId"], "sessionId", SESSION_ID),
    chittyId: text(given["chittyId"], "chittyId", CHITTY_ID),
    metadata,
    createdAt: iso(now),
    updatedAt: iso(now),
    expiresAt: iso(now + ttl * 1000),
    revision: 1,
    store: "kv",
  };
}

/** The change that *body* of a PATCH or of a WebSocket message asks for. 400 when it is none. */
export function sessionChange(body: Json): SessionChange {
  const given = fields(body, ["metadata", "expiresIn"]);
  const change: SessionChange = {};
  if (given["metadata"] !== undefined) change.metadata = metadataOf(given["metadata"]);
  if (given["expiresIn"] !== undefined) {
    change.expiresIn = integer(given["expiresIn"], "expiresIn", EXPIRES_IN);
  }
  if (Object.keys(change).length === 0) throw invalid("the body", "an object with metadata or expiresIn");
  return change;
}

/** *session* after *change*, or `too_large` when its metadata would be above *maxBytes*. */
export function changed(
  session: Session,
  change: SessionChange,
  now: number,
  maxBytes: number,
): Session | "too_large" {
  const metadata = mergePatch(session.metadata, change.metadata ?? {}) as JsonObject;
  if (jsonBytes(metadata) > maxBytes) return "too_large";
  return {
    ...session,
    metadata,
    updatedAt: iso(now),
    expiresAt: change.expiresIn === undefined ? session.expiresAt : iso(now + change.expiresIn * 1000),
    revision: session.revision + 1,
  };
}

/** Whether *session* is over. */
export function isExpired(session: Session, now: number): boolean {
  return Date.parse(session.expiresAt) <= now;
}

/** 413: the state of a session has a cap. */
export function stateTooLarge(limits: SessionLimits): ApiError {
  const message = `the metadata of a session must not be larger than ${limits.maxBytes} bytes as JSON`;
  return new ApiError(413, "state_too_large", message);
}

function metadataOf(value: unknown): JsonObject {
  return jsonObject(value, "metadata", { bytes: Number.POSITIVE_INFINITY, depth: METADATA_DEPTH });
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
