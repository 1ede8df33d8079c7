import * as v from "valibot";

import { described } from "#lib/schema";
import type { StoredDocument } from "../documents/model";
import type { MultipartUpload } from "../documents/multipart";
import type { Presigned, PresignedUpload } from "../documents/presign";
import type { Quota, TypeCount } from "../documents/quota";
import type { Found } from "../documents/search";
import type { SessionEntry } from "../sessions/index_table";
import type { ObjectMetrics } from "../sessions/object/metrics";
import type { ReadSession } from "../sessions/service";

// Each is held to the type of what is answered: one that lacks a field, or has another, does not compile.
type Of<T> = v.GenericSchema<unknown, T>;

const time = described(v.string(), { type: "string", format: "date-time" });
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const names = v.record(v.string(), v.string());
const json = described(v.custom<Record<string, never>>(() => true), { type: "object" });
const store = v.picklist(["durable_object", "kv"]);

/** A session, as reading it answers. */
export const SESSION = v.strictObject({
  sessionId: v.string(),
  chittyId: v.string(),
  metadata: json,
  createdAt: time,
  updatedAt: time,
  expiresAt: time,
  revision: count,
  store,
  draining: v.exactOptional(v.literal(true)),
  degraded: v.exactOptional(v.literal(true)),
}) satisfies Of<ReadSession>;

const SESSION_ENTRY = v.strictObject({
  sessionId: v.string(),
  chittyId: v.string(),
  store,
  createdAt: time,
  expiresAt: time,
}) satisfies Of<SessionEntry>;

export const SESSIONS = v.strictObject({ sessions: v.array(SESSION_ENTRY), cursor: v.nullable(v.string()) });

export const METRICS = v.strictObject({
  sessions: v.strictObject({ active: count, byStore: v.strictObject({ durable_object: count, kv: count }) }),
  rollout: v.strictObject({ durableObjects: v.boolean(), share: v.number() }),
  limits: v.strictObject({ ttlSeconds: count, maxBytes: count }),
  timestamp: time,
});

export const OBJECT_METRICS = v.strictObject({
  sessionId: v.string(),
  revision: count,
  wakeups: count,
  connections: count,
  stateBytes: count,
  databaseBytes: count,
  expiresAt: time,
}) satisfies Of<ObjectMetrics>;

/** A document, as its owner sees it. */
export const DOCUMENT = v.strictObject({
  id: v.string(),
  chittyId: v.string(),
  type: v.string(),
  name: v.string(),
  contentType: v.string(),
  size: count,
  key: v.string(),
  status: v.picklist(["pending", "stored", "archived"]),
  etag: v.nullable(v.string()),
  sha256: v.nullable(v.string()),
  metadata: names,
  createdAt: time,
  updatedAt: time,
}) satisfies Of<StoredDocument>;

export const FOUND = v.strictObject({
  documents: v.array(DOCUMENT),
  cursor: v.nullable(v.string()),
}) satisfies Of<Found>;

const TYPE_COUNT = v.strictObject({ type: v.string(), documents: count, bytes: count }) satisfies Of<TypeCount>;

const USED = v.strictObject({ used: count, limit: count });

const QUOTA = v.strictObject({ bytes: USED, documents: USED, recountedAt: v.nullable(time) }) satisfies Of<Quota>;

export const STATS = v.strictObject({
  chittyId: v.exactOptional(v.string()),
  documents: count,
  bytes: count,
  byType: v.array(TYPE_COUNT),
  quota: v.exactOptional(QUOTA),
});

const PRESIGNED_FIELDS = { method: v.picklist(["GET", "PUT"]), url: v.string(), expiresAt: time };

export const PRESIGNED = v.strictObject(PRESIGNED_FIELDS) satisfies Of<Presigned>;

export const PRESIGNED_UPLOAD = v.strictObject({
  id: v.string(),
  key: v.string(),
  ...PRESIGNED_FIELDS,
  headers: names,
  confirm: v.string(),
}) satisfies Of<PresignedUpload>;

export const MULTIPART_UPLOAD = v.strictObject({
  uploadId: v.string(),
  documentId: v.string(),
  key: v.string(),
  partSize: count,
  parts: count,
  expiresAt: time,
}) satisfies Of<MultipartUpload>;

export const PART = v.strictObject({ partNumber: count, etag: v.string() }) satisfies Of<R2UploadedPart>;

export const CREDENTIAL = v.strictObject({
  service: v.string(),
  credentialPath: v.string(),
  purpose: v.string(),
  value: v.string(),
  source: v.picklist(["onepassword_connect", "worker_secret"]),
  provisionedAt: time,
});
