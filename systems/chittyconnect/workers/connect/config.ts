import type { Rollout } from "#lib/rollout";
import { count, FLAG, setting, SHARE } from "#lib/variables";
import type { Env } from "./env";

const MIB = 1024 * 1024;

/** Limits that guard documents. Sizes in bytes. */
export interface DocumentLimits {
  quotaBytes: number;
  quotaDocuments: number;
  maxUploadBytes: number;
}

/** Limits that guard sessions. */
export interface SessionLimits {
  ttlSeconds: number;
  maxBytes: number;
}

/** Who gets a Durable Object. Default without a share: nobody. */
export function rollout(env: Env): Rollout {
  return {
    everybody: setting(env, "ENABLE_DURABLE_OBJECTS", FLAG),
    share: setting(env, "DO_ROLLOUT_PERCENTAGE", SHARE),
  };
}

/** Whether documents may be uploaded. */
export function storageEnabled(env: Env): boolean {
  return setting(env, "ENABLE_R2_STORAGE", FLAG);
}

/** Defaults: 1 GiB and 10,000 documents an owner, 100 MiB a document. */
export function documentLimits(env: Env): DocumentLimits {
  return {
    quotaBytes: setting(env, "QUOTA_BYTES", count(1024 * MIB)),
    quotaDocuments: setting(env, "QUOTA_DOCUMENTS", count(10_000)),
    maxUploadBytes: setting(env, "MAX_UPLOAD_BYTES", count(100 * MIB)),
  };
}

/** Defaults: one day, 128 KiB of metadata. */
export function sessionLimits(env: Env): SessionLimits {
  return {
    ttlSeconds: setting(env, "SESSION_TTL_SECONDS", count(86_400)),
    maxBytes: setting(env, "SESSION_MAX_BYTES", count(131_072)),
  };
}
