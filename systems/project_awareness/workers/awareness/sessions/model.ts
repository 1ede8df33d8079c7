import * as v from "valibot";

import { jsonObject, object } from "#lib/schema";
import { PLATFORM, PROJECT, PROJECT_ID, SESSION_ID } from "../projects/model";

/** Levels that the context of a project may be nested. */
const CONTEXT_DEPTH = 8;

/** What an assistant says when it begins. */
export const REGISTRATION = object({
  platform: PLATFORM,
  session_id: SESSION_ID,
  project_id: v.optional(PROJECT_ID),
});

export type Registration = v.InferOutput<typeof REGISTRATION>;

/** Something that the other platforms are told of. */
export const SYNC_TYPES = ["project_switch", "session_start", "session_end", "context_update"] as const;

export const SYNC = object({
  source_platform: PLATFORM,
  sync_type: v.picklist(SYNC_TYPES, `one of ${SYNC_TYPES.join(", ")}`),
  project: v.optional(PROJECT),
  session_id: v.optional(SESSION_ID),
  context: v.optional(jsonObject(CONTEXT_DEPTH)),
});

export type Sync = v.InferOutput<typeof SYNC>;

/** A session of an assistant. */
export interface Session {
  session_id: string;
  platform: string;
  project_id: string | null;
  registered_at: string;
  last_seen_at: string;
  expires_at: string;
}

/** What was told, in the order of `sequence`. */
export interface SyncEvent {
  sequence: number;
  sync_type: Sync["sync_type"];
  source_platform: string;
  project_id: string | null;
  session_id: string | null;
  synced_at: string;
}

/** What there is of one owner. */
export interface Statistics {
  active_sessions: number;
  by_platform: Record<string, number>;
  open_connections: number;
  synced_events: number;
  last_synced_at: string | null;
}

/** A session as *given*, going on from *former*; it ends *seconds* from *now*. */
export function registered(given: Registration, former: Session | undefined, seconds: number, now: number): Session {
  const at = new Date(now).toISOString();
  return {
    session_id: given.session_id,
    platform: given.platform,
    project_id: given.project_id ?? former?.project_id ?? null,
    registered_at: former?.registered_at ?? at,
    last_seen_at: at,
    expires_at: new Date(now + seconds * 1000).toISOString(),
  };
}
