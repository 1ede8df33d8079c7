import * as v from "valibot";

import { ApiError, invalid } from "#lib/errors";
import { check } from "#lib/schema";
import { ACCOUNT_ID } from "../api";
import type { Payment } from "../ledger/book";
import { nanoOfCents } from "../money";

const CENTS = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100_000_000, "at most $1,000,000"));
const STRIPE_ID = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_]{1,128}$/, "an id of Stripe"));
const METADATA = v.optional(v.object({ account_id: v.optional(v.string()) }), {});

const EVENT = v.object({ type: v.string(), livemode: v.boolean(), data: v.object({ object: v.unknown() }) });
const PAID = v.object({ id: STRIPE_ID, amount_received: CENTS, currency: v.string(), metadata: METADATA });
const REFUNDED = v.object({
  payment_intent: v.nullish(STRIPE_ID, null),
  amount_refunded: CENTS,
  currency: v.string(),
  metadata: METADATA,
});

/** A change of what is known of a payment, and whose it is. */
export interface Change {
  accountId: string;
  payment: Payment;
}

/**
 * Read what an event of Stripe says of a payment for an account; a reason, where it says nothing of one.
 *
 * A payment names the account in its metadata (`account_id`), which its charge inherits. Amounts are what the payment
 * has come to, not what an event adds: twice or in another order they say the same. ApiError 400 for another currency:
 * Stripe shows it, and no money is passed over in silence.
 */
export function readEvent(json: unknown, isLive: boolean): Change | { ignored: string } {
  const event = check(EVENT, json, "the event");
  if (event.livemode !== isLive) return { ignored: isLive ? "of a test" : "of live money" };
  if (event.type === "payment_intent.succeeded") return paid(check(PAID, event.data.object, "data.object"));
  if (event.type === "charge.refunded") return refunded(check(REFUNDED, event.data.object, "data.object"));
  return { ignored: "of another type" };
}

function paid({ id, amount_received, ...money }: v.InferOutput<typeof PAID>): Change | { ignored: string } {
  return changeOf(money, { paymentId: id, receivedNano: String(nanoOfCents(amount_received)), refundedNano: "0" });
}

function refunded({ payment_intent, amount_refunded, ...money }: v.InferOutput<typeof REFUNDED>): Change | { ignored: string } {
  if (payment_intent === null) return { ignored: "of no payment" };
  return changeOf(money, { paymentId: payment_intent, receivedNano: "0", refundedNano: String(nanoOfCents(amount_refunded)) });
}

function changeOf(
  { currency, metadata }: { currency: string; metadata: { account_id?: string | undefined } },
  payment: Payment,
): Change | { ignored: string } {
  if (metadata.account_id === undefined) return { ignored: "of no account" };
  if (currency !== "usd") throw new ApiError(400, "currency_refused", "a payment must be in usd; give it back, and ask for dollars");
  if (!v.is(ACCOUNT_ID, metadata.account_id)) throw invalid("metadata.account_id", "the id of an account");
  return { accountId: metadata.account_id, payment };
}
