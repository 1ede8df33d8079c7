import { within } from "#lib/clock";
import type { LedgerStorage } from "./book";
import type { Reversal } from "./payments";
import { D1_SPENT } from "./spending";

/** Most records that go to D1 in one transaction. */
const RECORDS_A_BATCH = 10_000;
// A value of D1 may have 2 MB, and a record at its largest has 700 bytes.
const RECORDS_A_STATEMENT = 2_500;
const PAYMENTS_A_BATCH = 1_000;
const D1_MS = 30_000;

const BATCH = `
  SELECT account_id, ledger_id, batch_id, batch_last FROM account WHERE only_row = 1`;
const LAST_OF_NEXT = `
  SELECT MAX(sequence) AS last FROM (SELECT sequence FROM pending WHERE sequence > 0 ORDER BY sequence LIMIT ?1)`;
const BEGIN = "UPDATE account SET batch_id = ?1, batch_last = ?2 WHERE only_row = 1";
const SUMS = `
  SELECT COUNT(*) AS records, CAST(COALESCE(SUM(charged_nano), 0) AS TEXT) AS charged_nano,
    MIN(sequence) - 1 AS before
  FROM pending WHERE sequence <= ?1`;
const ROWS = `
  SELECT json_group_array(json_array(sequence, request_id, answered_at, provider, model, multiplier_tier, input_tokens,
    output_tokens, cost_nano, charged_nano)) AS rows, MAX(sequence) AS last
  FROM (SELECT * FROM pending WHERE sequence > ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3)`;
const DROP = "DELETE FROM pending WHERE sequence <= ?1";
const END = `
  UPDATE account SET batch_id = NULL, batch_last = NULL, pending_nano = pending_nano - ?1,
    pending_records = pending_records - ?2
  WHERE only_row = 1 AND batch_id = ?3`;
const PAYMENTS = `
  SELECT json_group_array(json_array(payment_id, received_nano, refunded_nano)) AS rows
  FROM (SELECT payments.payment_id, received_nano, refunded_nano
    FROM unflushed_payments JOIN payments USING (payment_id)
    WHERE unflushed_payments.payment_id > '' ORDER BY unflushed_payments.payment_id LIMIT ?1)`;
const DROP_PAYMENTS = `
  DELETE FROM unflushed_payments WHERE payment_id IN (
    SELECT value ->> 0 FROM json_each(?1) JOIN payments ON payment_id = value ->> 0
    WHERE received_nano = value ->> 1 AND refunded_nano = value ->> 2)`;

// All of them, and `D1_SPENT`, act only where D1 is exactly as far as the ledger has it confirmed.
const D1_BATCH = `
  INSERT INTO batches (batch_id, account_id, ledger_id, last_sequence, records, charged_nano, flushed_at)
  SELECT ?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?5 AS INTEGER), CAST(?6 AS INTEGER), ?7
  WHERE CAST(?8 AS INTEGER) = COALESCE((SELECT flushed FROM ledgers WHERE account_id = ?2 AND ledger_id = ?3), 0)
  ON CONFLICT (batch_id) DO NOTHING`;
const D1_ROWS = `
  INSERT INTO usage (account_id, ledger_id, batch_id, sequence, request_id, answered_at, provider, model,
    multiplier_tier, input_tokens, output_tokens, cost_nano, charged_nano)
  SELECT ?1, ?2, ?3, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8, value ->> 9
  FROM json_each(?4)
  WHERE CAST(?5 AS INTEGER) = COALESCE((SELECT flushed FROM ledgers WHERE account_id = ?1 AND ledger_id = ?2), 0)`;
const D1_MARK = `
  INSERT INTO ledgers (account_id, ledger_id, flushed, flushed_at)
  SELECT ?1, ?2, CAST(?3 AS INTEGER), ?4
  WHERE CAST(?5 AS INTEGER) = COALESCE((SELECT flushed FROM ledgers WHERE account_id = ?1 AND ledger_id = ?2), 0)
  ON CONFLICT (account_id, ledger_id) DO UPDATE SET flushed = excluded.flushed, flushed_at = excluded.flushed_at`;
const D1_CONFIRM = `
  SELECT EXISTS (SELECT 1 FROM batches WHERE batch_id = ?1) AS is_kept,
    COALESCE((SELECT flushed FROM ledgers WHERE account_id = ?2 AND ledger_id = ?3), 0) AS flushed`;
const D1_PAYMENTS = `
  INSERT INTO payments (payment_id, account_id, received_nano, refunded_nano)
  SELECT value ->> 0, ?1, value ->> 1, value ->> 2 FROM json_each(?2) WHERE TRUE
  ON CONFLICT (payment_id) DO UPDATE SET received_nano = MAX(received_nano, excluded.received_nano),
    refunded_nano = MAX(refunded_nano, excluded.refunded_nano)`;
// In one transaction with the payments: what comes later finds them there.
const D1_REVERSALS = `
  SELECT payment_id, reversal_id, kind, CAST(amount_nano AS TEXT) AS amount_nano, is_undone
  FROM json_each(?1) JOIN reversals ON payment_id = value ->> 0`;

/** What waits in D1 for a payment that was not known when it came. */
interface Waiting {
  payment_id: string;
  reversal_id: string;
  kind: Reversal["kind"];
  amount_nano: string;
  is_undone: number;
}

/** Whose ledger it is, and the batch that D1 may have heard of. */
interface Settled {
  account_id: string;
  ledger_id: string;
  batch_id: string | null;
  batch_last: number | null;
}

/** What the records of a batch come to. */
interface Sums {
  records: number;
  charged_nano: string;
  before: number;
}

/** What goes to D1 in one transaction, as it was settled before the first try. */
interface Batch {
  accountId: string;
  ledgerId: string;
  batchId: string;
  /** The record before its first: how far the ledger has D1 confirmed. */
  before: number;
  last: number;
  records: number;
  chargedNano: string;
}

/**
 * Moves what is pending to D1, exactly once.
 *
 * A batch is settled in the object before D1 hears of it, and stays the same until D1 has confirmed it. In D1 it, its
 * rows and the mark of how far the ledger is are one transaction, which acts only where the mark is that before the
 * batch. So whatever became of an attempt, it is repeated: D1 has nothing of it or all of it, and says which. Only then
 * rows leave the object.
 */
export class Flush {
  constructor(
    private readonly storage: LedgerStorage,
    private readonly db: D1Database,
    private readonly now: () => number,
  ) {}

  /** Move a batch; return how many records it had, 0 when nothing was pending. Throws when D1 does not confirm it. */
  async moveBatch(): Promise<number> {
    const batch = this.storage.transactionSync(() => this.settle());
    if (batch === undefined) return 0;
    const { isKept, flushed } = await this.write(batch);
    if (!isKept) throw new Error(`D1 is at record ${flushed} of the ledger, the ledger at ${batch.before}: one of them was restored`);
    this.storage.transactionSync(() => {
      // Meanwhile another copy of the ledger may have been brought in.
      if (this.one<Settled>(BATCH)[0].batch_id !== batch.batchId) return;
      this.rows(DROP, String(batch.last));
      this.rows(END, batch.chargedNano, String(batch.records), batch.batchId);
    });
    return batch.records;
  }

  /** Move what is known of payments; return whether there is more. *reverse* is told what D1 has that was taken back of them. */
  async movePayments(reverse: (reversals: readonly Reversal[]) => void): Promise<boolean> {
    const payments = this.payments(PAYMENTS_A_BATCH);
    if (payments === "[]") return false;
    const [{ account_id: accountId }] = this.one<{ account_id: string }>(BATCH);
    const [, waiting] = await within(
      D1_MS,
      this.db.batch<Waiting>([this.db.prepare(D1_PAYMENTS).bind(accountId, payments), this.db.prepare(D1_REVERSALS).bind(payments)]),
    );
    // Before the payments leave: whatever dies here, they are moved again, and D1 is asked again.
    reverse((waiting?.results ?? []).map(reversalOf));
    // What has changed meanwhile is moved once more.
    this.rows(DROP_PAYMENTS, payments);
    return this.payments(1) !== "[]";
  }

  private payments(most: number): string {
    const [{ rows }] = this.one<{ rows: string }>(PAYMENTS, String(most));
    return rows;
  }

  /** The batch that D1 may have heard of already, else a new one. */
  private settle(): Batch | undefined {
    const [account] = this.one<Settled>(BATCH);
    const [next] = this.one<{ last: number | null }>(LAST_OF_NEXT, String(RECORDS_A_BATCH));
    const last = account.batch_last ?? next.last;
    if (last === null) return undefined;
    const batchId = account.batch_id ?? crypto.randomUUID();
    if (account.batch_id === null) this.rows(BEGIN, batchId, String(last));
    const [{ records, charged_nano: chargedNano, before }] = this.one<Sums>(SUMS, String(last));
    const { account_id: accountId, ledger_id: ledgerId } = account;
    return { accountId, ledgerId, batchId, before, last, records, chargedNano };
  }

  /** Write *batch* in one transaction; return whether D1 has it, and how far D1 has the ledger after it. */
  private async write(batch: Batch): Promise<{ isKept: boolean; flushed: number }> {
    const { accountId, ledgerId, batchId, last, records, chargedNano } = batch;
    const [at, before] = [new Date(this.now()).toISOString(), String(batch.before)];
    const heading = [batchId, accountId, ledgerId, String(last), String(records), chargedNano, at, before];
    const results = await within(
      D1_MS,
      this.db.batch<{ is_kept: number; flushed: number }>([
        this.db.prepare(D1_BATCH).bind(...heading),
        ...[...this.chunks(last)].flatMap((chunk) => [
          this.db.prepare(D1_ROWS).bind(accountId, ledgerId, batchId, chunk, before),
          this.db.prepare(D1_SPENT).bind(accountId, ledgerId, chunk, before),
        ]),
        this.db.prepare(D1_MARK).bind(accountId, ledgerId, String(last), at, before),
        this.db.prepare(D1_CONFIRM).bind(batchId, accountId, ledgerId),
      ]),
    );
    const confirmed = results.at(-1)?.results[0];
    return { isKept: confirmed?.is_kept === 1, flushed: confirmed?.flushed ?? 0 };
  }

  /** The records up to *last* as JSON, which SQLite itself writes: none of them becomes an object here. */
  private *chunks(last: number): Generator<string> {
    let after = 0;
    for (;;) {
      const range = [String(after), String(last), String(RECORDS_A_STATEMENT)];
      const [chunk] = this.one<{ rows: string; last: number | null }>(ROWS, ...range);
      if (chunk.last === null) return;
      yield chunk.rows;
      after = chunk.last;
    }
  }

  /** The row of a statement that always has one. */
  private one<Row>(sql: string, ...values: string[]): [Row] {
    return this.rows<Row>(sql, ...values) as [Row];
  }

  private rows<Row>(sql: string, ...values: string[]): Row[] {
    return this.storage.sql.exec(sql, ...values).toArray() as Row[];
  }
}

function reversalOf({ payment_id, reversal_id, kind, amount_nano, is_undone }: Waiting): Reversal {
  return { paymentId: payment_id, reversalId: reversal_id, kind, amountNano: amount_nano, isUndone: is_undone === 1 };
}
