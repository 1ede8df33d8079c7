import { count, setting, variable } from "#lib/variables";
import type { Env } from "./env";

const FIVE_DOLLARS_NANO = 5_000_000_000;
const FIVE_MINUTES = 300;

/** From how much on what is pending goes to D1 at once, in 10^-9 dollars. */
export function flushAtNano(env: Env): bigint {
  return BigInt(setting(env, "FLUSH_AT_NANO", count(FIVE_DOLLARS_NANO)));
}

/** Seconds after which anything that is pending goes to D1. */
export function flushSeconds(env: Env): number {
  return setting(env, "FLUSH_SECONDS", count(FIVE_MINUTES));
}

/** What Stripe may have signed with: during a rotation, the secret before this one too. */
export function webhookSecrets(env: Env): string[] {
  return [variable(env, "STRIPE_WEBHOOK_SECRET"), variable(env, "STRIPE_WEBHOOK_SECRET_PREVIOUS")].filter((secret) => secret !== "");
}

/** Whether money is real: Stripe marks every event as live or of a test. */
export function isLive(env: Env): boolean {
  return variable(env, "ENVIRONMENT") === "production";
}
