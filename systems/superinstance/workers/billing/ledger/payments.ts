import type { LedgerStorage } from "./book";

const READ = `
  SELECT CAST(received_nano AS TEXT) AS received_nano, CAST(refunded_nano AS TEXT) AS refunded_nano
  FROM payments WHERE payment_id = ?1`;
const KEEP = `
  INSERT INTO payments (payment_id, received_nano, refunded_nano) VALUES (?1, ?2, ?3)
  ON CONFLICT (payment_id) DO UPDATE SET received_nano = excluded.received_nano, refunded_nano = excluded.refunded_nano`;
const MARK = "INSERT INTO unflushed_payments (payment_id) VALUES (?1) ON CONFLICT (payment_id) DO NOTHING";
const CREDIT = "UPDATE account SET balance_nano = balance_nano + ?1 WHERE only_row = 1";
// What was undone stays undone, in whatever order it is told.
const KEEP_REVERSAL = `
  INSERT INTO reversals (payment_id, reversal_id, kind, amount_nano, is_undone) VALUES (?1, ?2, ?3, ?4, ?5)
  ON CONFLICT (payment_id, reversal_id) DO UPDATE SET is_undone = MAX(is_undone, excluded.is_undone)`;
const REVERSED = `
  SELECT CAST(COALESCE(SUM(amount_nano) FILTER (WHERE kind = 'refund' AND is_undone = 0), 0) AS TEXT) AS refunds,
    CAST(COALESCE(SUM(amount_nano) FILTER (WHERE kind = 'refund' AND is_undone = 1), 0) AS TEXT) AS failed,
    CAST(COALESCE(SUM(amount_nano) FILTER (WHERE kind = 'dispute' AND is_undone = 0), 0) AS TEXT) AS disputes
  FROM reversals WHERE payment_id = ?1`;

/** What Stripe says of a payment by now: amounts only grow, so that events may come in any order, and twice. */
export interface Payment {
  paymentId: string;
  receivedNano: string;
  /** The most that its charge has said to be given back, whether or not it arrived. */
  refundedNano: string;
}

/** A refund or a dispute of a payment. Undone: the refund has failed, the dispute was won. */
export interface Reversal {
  paymentId: string;
  reversalId: string;
  kind: "refund" | "dispute";
  amountNano: string;
  isUndone: boolean;
}

/** What an account has paid, in a transaction of its book. Each change moves the balance by what it makes a difference. */
export class Payments {
  constructor(private readonly storage: LedgerStorage) {}

  /** Note what is known of a payment; return how much more it is worth than before. */
  credit({ paymentId, receivedNano, refundedNano }: Payment): bigint {
    return this.revalued(paymentId, () => {
      const known = this.known(paymentId);
      const received = larger(known.received, BigInt(receivedNano));
      const refunded = larger(known.refunded, BigInt(refundedNano));
      if (received === known.received && refunded === known.refunded) return;
      this.rows(KEEP, paymentId, String(received), String(refunded));
      this.rows(MARK, paymentId);
    });
  }

  /** Note a reversal; return how much more its payment is worth than before. */
  reverse({ paymentId, reversalId, kind, amountNano, isUndone }: Reversal): bigint {
    return this.revalued(paymentId, () => {
      this.rows(KEEP_REVERSAL, paymentId, reversalId, kind, amountNano, isUndone ? "1" : "0");
    });
  }

  /** Note what D1 has of a payment, and have it go there again: what was taken back of it is told then. */
  adopt(payment: Payment): void {
    this.credit(payment);
    this.rows(MARK, payment.paymentId);
  }

  private revalued(paymentId: string, change: () => void): bigint {
    const before = this.worth(paymentId);
    change();
    const more = this.worth(paymentId) - before;
    if (more !== 0n) this.rows(CREDIT, String(more));
    return more;
  }

  /**
   * What is left of a payment. What was taken back before the payment is known takes nothing away.
   *
   * A charge tells what was refunded in all, a refund tells of itself: whatever part of the former no refund has told
   * of, counts as well. Whether the sum of a charge falls when a refund fails, or not, makes no difference.
   */
  private worth(paymentId: string): bigint {
    const { received, refunded } = this.known(paymentId);
    const [sums] = this.rows<{ refunds: string; failed: string; disputes: string }>(REVERSED, paymentId);
    const [refunds, failed, disputes] = [BigInt(sums?.refunds ?? 0), BigInt(sums?.failed ?? 0), BigInt(sums?.disputes ?? 0)];
    const gone = larger(refunds, refunded - failed) + disputes;
    return gone > received ? 0n : received - gone;
  }

  private known(paymentId: string): { received: bigint; refunded: bigint } {
    const row = this.rows<{ received_nano: string; refunded_nano: string }>(READ, paymentId)[0];
    return { received: BigInt(row?.received_nano ?? 0), refunded: BigInt(row?.refunded_nano ?? 0) };
  }

  private rows<Row>(sql: string, ...values: string[]): Row[] {
    return this.storage.sql.exec(sql, ...values).toArray() as Row[];
  }
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
