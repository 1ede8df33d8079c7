import * as v from "valibot";

import { described } from "#lib/schema";
import type { Identity } from "../auth/routes";
import type { Project } from "../projects/model";
import type { Suggestions, Synced, SyncStatus } from "../projects/routes";
import type { Suggestion } from "../projects/suggest";
import { SYNC_TYPES, type Session, type Statistics, type SyncEvent } from "../sessions/model";
import type { SessionAnswer } from "../sessions/routes";

const time = described(v.string(), { type: "string", format: "date-time" });
const count = v.pipe(v.number(), v.integer());
const text = v.nullable(v.string());
const degraded = v.optional(v.literal(true));

/** A schema of answers of the type *T*. */
type Of<T> = v.GenericSchema<T>;

export const IDENTITY = v.strictObject({
  token_id: v.string(),
  subject: v.string(),
  scopes: v.array(v.string()),
  expires_at: v.nullable(time),
}) satisfies Of<Identity>;

export const PROJECT = v.strictObject({
  project_id: v.string(),
  working_directory: text,
  git_branch: text,
  platforms: v.record(v.string(), time),
  last_used_at: time,
  uses: count,
}) satisfies Of<Project>;

const SUGGESTION = v.strictObject({
  project_id: v.string(),
  working_directory: text,
  git_branch: text,
  last_used_at: time,
  score: count,
  reasons: v.array(
    v.picklist(["same_directory", "directory_above", "directory_below", "same_branch", "other_platform", "recent"]),
  ),
}) satisfies Of<Suggestion>;

export const SUGGESTIONS = v.strictObject({
  platform: v.string(),
  suggestions: v.array(SUGGESTION),
  degraded,
}) satisfies v.GenericSchema<unknown, Suggestions | { degraded?: true | undefined }>;

const EVENT = {
  sequence: count,
  sync_type: v.picklist(SYNC_TYPES),
  source_platform: v.string(),
  project_id: text,
  session_id: text,
  synced_at: time,
};
const SYNC_EVENT = v.strictObject(EVENT) satisfies Of<SyncEvent>;

export const STATUS = v.strictObject({
  platform: v.string(),
  project_id: text,
  event: v.nullable(SYNC_EVENT),
  degraded,
}) satisfies v.GenericSchema<unknown, SyncStatus | { degraded?: true | undefined }>;

export const SYNCED = v.strictObject({
  sequence: count,
  synced_at: time,
  delivered: count,
  project: v.nullable(PROJECT),
}) satisfies Of<Synced>;

const SESSION_FIELDS = {
  session_id: v.string(),
  platform: v.string(),
  project_id: text,
  registered_at: time,
  last_seen_at: time,
  expires_at: time,
};
export const SESSION = v.strictObject(SESSION_FIELDS) satisfies Of<Session>;
export const SESSION_ANSWER = v.strictObject({ ...SESSION_FIELDS, degraded }) satisfies v.GenericSchema<
  unknown,
  SessionAnswer | { degraded?: true | undefined }
>;

export const STATISTICS = v.strictObject({
  active_sessions: count,
  by_platform: v.record(v.string(), count),
  open_connections: count,
  synced_events: count,
  last_synced_at: v.nullable(time),
}) satisfies Of<Statistics>;
