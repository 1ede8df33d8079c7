import { within } from "#lib/clock";
import type { LedgerStorage } from "./book";

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
  SELECT COUNT(*) AS records, CAST(COALESCE(SUM(charged_nano), 0) AS TEXT) AS charged_nano
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

const D1_BATCH = `
  INSERT INTO batches (batch_id, account_id, ledger_id, last_sequence, records, charged_nano, flushed_at)
  VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER), CAST(?5 AS INTEGER), CAST(?6 AS INTEGER), ?7) ON CONFLICT (batch_id) DO NOTHING`;
const D1_ROWS = `
  INSERT INTO usage (account_id, ledger_id, batch_id, sequence, request_id, answered_at, provider, model,
    multiplier_tier, input_tokens, output_tokens, cost_nano, charged_nano)
  SELECT ?1, ?2, ?3, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 8, value ->> 9
  FROM json_each(?4)
  WHERE value ->> 0 > COALESCE((SELECT flushed FROM ledgers WHERE account_id = ?1 AND ledger_id = ?2), 0)`;
const D1_MARK = `
  INSERT INTO ledgers (account_id, ledger_id, flushed, flushed_at) VALUES (?1, ?2, CAST(?3 AS INTEGER), ?4)
  ON CONFLICT (account_id, ledger_id) DO UPDATE SET flushed = MAX(flushed, excluded.flushed),
    flushed_at = excluded.flushed_at
  RETURNING flushed`;
const D1_PAYMENTS = `
  INSERT INTO payments (payment_id, account_id, received_nano, refunded_nano)
  SELECT value ->> 0, ?1, value ->> 1, value ->> 2 FROM json_each(?2) WHERE TRUE
  ON CONFLICT (payment_id) DO UPDATE SET received_nano = MAX(received_nano, excluded.received_nano),
    refunded_nano = MAX(refunded_nano, excluded.refunded_nano)`;

/** Whose ledger it is, and the batch that D1 may have heard of. */
interface Settled {
  account_id: string;
  ledger_id: string;
  batch_id: string | null;
  batch_last: number | null;
}

/** What goes to D1 in one transaction, as it was settled before the first try. */
interface Batch {
  accountId: string;
  ledgerId: string;
  batchId: string;
  last: number;
  records: number;
  chargedNano: string;
}

/**
 * Moves what is pending to D1, exactly once.
 *
 * A batch is settled in the object before D1 hears of it, and stays the same until D1 has confirmed it. In D1 its rows
 * and the mark of how far the ledger is are one transaction, and no row at or below the mark is written. So whatever
 * became of an attempt, it is repeated: D1 either has nothing of it or all of it. Only then rows leave the object.
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
    const flushed = await this.write(batch);
    if (flushed !== batch.last) throw new Error(`D1 is at record ${flushed} of the ledger, the ledger at ${batch.last}`);
    this.storage.transactionSync(() => {
      this.rows(DROP, String(batch.last));
      this.rows(END, batch.chargedNano, String(batch.records), batch.batchId);
    });
    return batch.records;
  }

  /** Move what is known of payments; return whether there are more. */
  async movePayments(): Promise<boolean> {
    const payments = this.payments(PAYMENTS_A_BATCH);
    if (payments === "[]") return false;
    const [{ account_id: accountId }] = this.one<{ account_id: string }>(BATCH);
    await within(D1_MS, this.db.prepare(D1_PAYMENTS).bind(accountId, payments).run());
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
    const [sums] = this.one<{ records: number; charged_nano: string }>(SUMS, String(last));
    const { account_id: accountId, ledger_id: ledgerId } = account;
    return { accountId, ledgerId, batchId, last, records: sums.records, chargedNano: sums.charged_nano };
  }

  /** Write *batch* in one transaction; return how far D1 has the ledger after it. */
  private async write(batch: Batch): Promise<number> {
    const { accountId, ledgerId, batchId, last, records, chargedNano } = batch;
    const at = new Date(this.now()).toISOString();
    const heading = this.db.prepare(D1_BATCH).bind(batchId, accountId, ledgerId, String(last), String(records), chargedNano, at);
    const mark = this.db.prepare(D1_MARK).bind(accountId, ledgerId, String(last), at);
    const rows = [...this.chunks(last)].map((chunk) => this.db.prepare(D1_ROWS).bind(accountId, ledgerId, batchId, chunk));
    const results = await within(D1_MS, this.db.batch<{ flushed: number }>([heading, ...rows, mark]));
    return results.at(-1)?.results[0]?.flushed ?? 0;
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
