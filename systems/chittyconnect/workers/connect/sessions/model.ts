import * as v from "valibot";

import { ApiError } from "#lib/errors";
import { jsonBytes, mergePatch, type JsonObject } from "#lib/json";
import { jsonObject, object, text, wholeNumber, type Read } from "#lib/schema";
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

/** `too_large`: the changed state would be above the cap, nothing was changed. */
export type ChangeResult = Session | "absent" | "too_large";

export const SESSION_ID = text(
  // "metrics" is an address of its own.
  /^(?!metrics$)[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/,
  "1 to 128 letters, digits, '.', '_', ':' or '-', and not \"metrics\"",
);

export const CHITTY_ID = text(
  /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{2,63}$/,
  "3 to 64 letters, digits, '.', '_' or '-'",
);

const EXPIRES_IN = wholeNumber(1, 30 * 86_400);
const METADATA = jsonObject(8);

/** What a POST says of a session: *expiresIn* counts from now, in seconds. */
export const NEW_SESSION = object({
  chittyId: CHITTY_ID,
  sessionId: SESSION_ID,
  metadata: v.nullish(METADATA, {}),
  expiresIn: v.nullish(EXPIRES_IN),
});

/**
 * A change of a session, of a PATCH or a WebSocket message: *metadata* is merged (RFC 7396),
 * *expiresIn* counts from now, in seconds.
 */
export const SESSION_CHANGE = v.pipe(
  object({ metadata: v.exactOptional(METADATA), expiresIn: v.exactOptional(EXPIRES_IN) }),
  v.check((change) => Object.keys(change).length > 0, "an object with metadata or expiresIn"),
);

export type SessionChange = Read<typeof SESSION_CHANGE>;

/** The session that *given* asks for, not yet stored. 413 when its state is above the cap. */
export function newSession(given: Read<typeof NEW_SESSION>, limits: SessionLimits, now: number): Session {
  const { chittyId, sessionId, metadata } = given;
  if (jsonBytes(metadata) > limits.maxBytes) throw stateTooLarge(limits);
  return {
    sessionId,
    chittyId,
    metadata,
    createdAt: iso(now),
    updatedAt: iso(now),
    expiresAt: iso(now + (given.expiresIn ?? limits.ttlSeconds) * 1000),
    revision: 1,
    store: "kv",
  };
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

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
