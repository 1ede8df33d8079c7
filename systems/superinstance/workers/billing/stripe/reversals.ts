import { within } from "#lib/clock";
import { unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { Reversal } from "../ledger/payments";

const D1_MS = 10_000;
const KEEP = `
  INSERT INTO reversals (payment_id, reversal_id, kind, amount_nano, is_undone)
  VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?5 AS INTEGER))
  ON CONFLICT (payment_id, reversal_id) DO UPDATE SET is_undone = MAX(is_undone, excluded.is_undone)`;
const ACCOUNT = "SELECT account_id FROM payments WHERE payment_id = ?1";

/**
 * Keep *reversal* in D1; return the account of its payment, `undefined` where that is not known yet.
 *
 * Both are one transaction, as a ledger's own of payments and reversals is: one of the two sees the other, so that a
 * reversal that comes first waits for its payment. ApiError 503 when D1 does not answer: Stripe sends the same again.
 */
export async function keepReversal(db: D1Database, reversal: Reversal): Promise<string | undefined> {
  const { paymentId, reversalId, kind, amountNano, isUndone } = reversal;
  try {
    const keep = db.prepare(KEEP).bind(paymentId, reversalId, kind, amountNano, isUndone ? "1" : "0");
    const [, found] = await within(D1_MS, db.batch<{ account_id: string }>([keep, db.prepare(ACCOUNT).bind(paymentId)]));
    return found?.results[0]?.account_id;
  } catch (error) {
    log("error", "reversal_not_kept", describeError(error));
    throw unavailable("database_unavailable", "D1 has not kept it; send the same again");
  }
}
