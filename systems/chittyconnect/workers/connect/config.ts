import { MisconfiguredError } from "#lib/errors";
import type { Rollout } from "#lib/rollout";
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

type Variable = {
  [Name in keyof Env]-?: Env[Name] extends string ? Name : never;
}[keyof Env];

/** A variable without white space around it; empty when an older deployment lacks it. */
export function variable(env: Env, name: Variable): string {
  return ((env[name] as string | undefined) ?? "").trim();
}

/** Who gets a Durable Object. Default without a share: nobody. */
export function rollout(env: Env): Rollout {
  return {
    everybody: flag(env, "ENABLE_DURABLE_OBJECTS"),
    share: share(env, "DO_ROLLOUT_PERCENTAGE"),
  };
}

/** Whether documents may be uploaded. */
export function storageEnabled(env: Env): boolean {
  return flag(env, "ENABLE_R2_STORAGE");
}

/** Defaults: 1 GiB and 10,000 documents an owner, 100 MiB a document. */
export function documentLimits(env: Env): DocumentLimits {
  return {
    quotaBytes: count(env, "QUOTA_BYTES", 1024 * MIB),
    quotaDocuments: count(env, "QUOTA_DOCUMENTS", 10_000),
    maxUploadBytes: count(env, "MAX_UPLOAD_BYTES", 100 * MIB),
  };
}

/** Defaults: one day, 128 KiB of metadata. */
export function sessionLimits(env: Env): SessionLimits {
  return {
    ttlSeconds: count(env, "SESSION_TTL_SECONDS", 86_400),
    maxBytes: count(env, "SESSION_MAX_BYTES", 131_072),
  };
}


function flag(env: Env, name: Variable): boolean {
  const value = variable(env, name).toLowerCase();
  if (value === "true") return true;
  if (value === "false" || value === "") return false;
  throw new MisconfiguredError(name, "true or false");
}

function share(env: Env, name: Variable): number {
  const value = Number(variable(env, name) || "0");
  if (value >= 0 && value <= 1) return value;
  throw new MisconfiguredError(name, "a number from 0 to 1");
}

function count(env: Env, name: Variable, absent: number): number {
  const value = variable(env, name);
  if (value === "") return absent;
  if (/^[1-9]\d{0,14}$/.test(value)) return Number(value);
  throw new MisconfiguredError(name, "a positive whole number");
}
