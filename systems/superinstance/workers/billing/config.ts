import { MisconfiguredError } from "#lib/errors";
import { count, setting, variable } from "#lib/variables";
import type { Env } from "./env";

const FIVE_DOLLARS_NANO = 5_000_000_000;
const FIVE_MINUTES = 300;
const FIVE_DOLLARS = 500;
const THOUSAND_DOLLARS = 100_000;

/** From how much on what is pending goes to D1 at once, in 10^-9 dollars. */
export function flushAtNano(env: Env): bigint {
  return BigInt(setting(env, "FLUSH_AT_NANO", count(FIVE_DOLLARS_NANO)));
}

/** Seconds after which anything that is pending goes to D1. */
export function flushSeconds(env: Env): number {
  return setting(env, "FLUSH_SECONDS", count(FIVE_MINUTES));
}

/**
 * What providers may be paid in a month before somebody is told, in 10^-9 dollars; `undefined` where no budget is declared.
 *
 * A million dollars are more digits than a `setting` has. MisconfiguredError where it is no such number.
 */
export function spendingBudgetNano(env: Env): bigint | undefined {
  const budget = variable(env, "SPENDING_BUDGET_NANO");
  if (budget === "" || budget === "0") return undefined;
  if (!/^[1-9]\d*$/.test(budget)) throw new MisconfiguredError("SPENDING_BUDGET_NANO", "a whole number of 10^-9 dollars");
  return BigInt(budget);
}

/** What Stripe may have signed with: during a rotation, the secret before this one too. */
export function webhookSecrets(env: Env): string[] {
  return [variable(env, "STRIPE_WEBHOOK_SECRET"), variable(env, "STRIPE_WEBHOOK_SECRET_PREVIOUS")].filter((secret) => secret !== "");
}

/** Whether money is real: Stripe marks every event as live or of a test. */
export function isLive(env: Env): boolean {
  return variable(env, "ENVIRONMENT") === "production";
}

/** How pages to pay at are made. */
export interface CheckoutSettings {
  /** Where Stripe is asked, without the version. */
  address: string;
  key: string;
  successUrl: string;
  cancelUrl: string;
}

/** How pages to pay at are made; `undefined` where there is no key of Stripe, or no page to come back to. */
export function checkoutSettings(env: Env): CheckoutSettings | undefined {
  const key = variable(env, "STRIPE_SECRET_KEY");
  const [successUrl, cancelUrl] = [variable(env, "TOPUP_SUCCESS_URL"), variable(env, "TOPUP_CANCEL_URL")];
  if (key === "" || successUrl === "" || cancelUrl === "") return undefined;
  return { address: variable(env, "STRIPE_URL"), key, successUrl, cancelUrl };
}

/** What one top-up may be, in cents. */
export function amountLimits(env: Env): { least: number; most: number } {
  return { least: setting(env, "TOPUP_LEAST_CENTS", count(FIVE_DOLLARS)), most: setting(env, "TOPUP_MOST_CENTS", count(THOUSAND_DOLLARS)) };
}
