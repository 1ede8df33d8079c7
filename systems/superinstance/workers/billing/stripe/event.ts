import * as v from "valibot";

import { ApiError, invalid } from "#lib/errors";
import { check } from "#lib/schema";
import { ACCOUNT_ID } from "../api";
import type { Payment, Reversal } from "../ledger/payments";
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
/** A refund, or a dispute: neither has the metadata of its payment. */
const TAKEN_BACK = v.object({
  id: STRIPE_ID,
  payment_intent: v.nullish(STRIPE_ID, null),
  amount: CENTS,
  currency: v.string(),
  status: v.nullish(v.string(), null),
});

const USD = "usd";
const REFUND_EVENTS: readonly string[] = ["refund.created", "refund.updated", "refund.failed", "charge.refund.updated"];
/** How refunds stand that give nothing back after all. */
const UNDONE: readonly (string | null)[] = ["failed", "canceled"];
const WITHDRAWN = "charge.dispute.funds_withdrawn";
const REINSTATED = "charge.dispute.funds_reinstated";

/** A change of what is known of a payment, and whose it is. */
interface Change {
  accountId: string;
  payment: Payment;
}

/** What an event says. */
type Told = Change | { reversal: Reversal } | { ignored: string };

/**
 * Read what an event of Stripe says of a payment for an account; a reason, where it says nothing of one.
 *
 * A payment names the account in its metadata (`account_id`), which its charge inherits; refunds and disputes name their
 * payment. Amounts are what each has come to, not what an event adds: twice or in another order they say the same.
 * ApiError 400 for another currency: Stripe shows it, and no money is passed over in silence.
 */
export function readEvent(json: unknown, isLive: boolean): Told {
  const { type, livemode, data } = check(EVENT, json, "the event");
  if (livemode !== isLive) return { ignored: isLive ? "of a test" : "of live money" };
  if (type === "payment_intent.succeeded") return paid(check(PAID, data.object, "data.object"));
  if (type === "charge.refunded") return refunded(check(REFUNDED, data.object, "data.object"));
  if (REFUND_EVENTS.includes(type)) return takenBack(data.object, "refund", (status) => UNDONE.includes(status));
  if (type === WITHDRAWN || type === REINSTATED) return takenBack(data.object, "dispute", () => type === REINSTATED);
  return { ignored: "of another type" };
}

function paid({ id, amount_received, ...money }: v.InferOutput<typeof PAID>): Told {
  return changeOf(money, { paymentId: id, receivedNano: String(nanoOfCents(amount_received)), refundedNano: "0" });
}

function refunded({ payment_intent, amount_refunded, ...money }: v.InferOutput<typeof REFUNDED>): Told {
  if (payment_intent === null) return { ignored: "of no payment" };
  return changeOf(money, { paymentId: payment_intent, receivedNano: "0", refundedNano: String(nanoOfCents(amount_refunded)) });
}

function changeOf({ currency, metadata }: { currency: string; metadata: { account_id?: string | undefined } }, payment: Payment): Told {
  if (metadata.account_id === undefined) return { ignored: "of no account" };
  if (currency !== USD) throw new ApiError(400, "currency_refused", "a payment must be in usd; give it back, and ask for dollars");
  if (!v.is(ACCOUNT_ID, metadata.account_id)) throw invalid("metadata.account_id", "the id of an account");
  return { accountId: metadata.account_id, payment };
}

/** No account has a payment in another currency, so what is taken back of one is nobody's here. */
function takenBack(json: unknown, kind: Reversal["kind"], isUndone: (status: string | null) => boolean): Told {
  const { id, payment_intent, amount, currency, status } = check(TAKEN_BACK, json, "data.object");
  if (payment_intent === null) return { ignored: "of no payment" };
  if (currency !== USD) return { ignored: "of another currency" };
  const amountNano = String(nanoOfCents(amount));
  return { reversal: { paymentId: payment_intent, reversalId: id, kind, amountNano, isUndone: isUndone(status) } };
}
