import { within } from "#lib/clock";
import { log } from "#lib/log";
import type { Book, LedgerStorage, Moved } from "./book";

const D1_MS = 30_000;
const ROWS_A_PAGE = 1_000;
/** Key of the mark, which is beside the tables: no copy has it. */
const RESTORED = "restored";

const FIND = "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'catching_up'";
const NOTE_ORIGIN = `
  CREATE TABLE IF NOT EXISTS catching_up (
    only_row      INTEGER PRIMARY KEY CHECK (only_row = 1),
    ledger_id     TEXT NOT NULL,
    last_sequence INTEGER NOT NULL,
    at_ledger     TEXT NOT NULL DEFAULT '',
    at_sequence   INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  INSERT INTO catching_up (only_row, ledger_id, last_sequence)
  SELECT 1, ledger_id, last_sequence FROM account WHERE only_row = 1 ON CONFLICT (only_row) DO NOTHING;
  INSERT INTO unflushed_payments (payment_id)
  SELECT payment_id FROM payments WHERE payment_id > '' ON CONFLICT (payment_id) DO NOTHING`;
const RENAME = "UPDATE account SET ledger_id = ?1, batch_id = NULL, batch_last = NULL WHERE only_row = 1";
const ORIGIN = `
  SELECT account_id, catching_up.ledger_id, catching_up.last_sequence, at_ledger, at_sequence
  FROM catching_up JOIN account USING (only_row) WHERE only_row = 1`;
const PENDING = "SELECT request_id FROM pending WHERE sequence > 0 AND request_id IN (SELECT value FROM json_each(?1))";
const GO_ON = "UPDATE catching_up SET at_ledger = ?1, at_sequence = ?2 WHERE only_row = 1";
const DROP_KNOWN = "DELETE FROM pending WHERE sequence > 0 AND request_id IN (SELECT value FROM json_each(?1))";
const FIRST = "SELECT MIN(sequence) AS first FROM pending WHERE sequence > 0";
const DROP_FLUSHED = "DELETE FROM pending WHERE sequence <= MIN(CAST(?1 AS INTEGER), CAST(?2 AS INTEGER))";
// By way of numbers below zero: none of them is taken.
const RENUMBER = `
  UPDATE pending SET sequence = -place FROM (
    SELECT sequence AS was, ROW_NUMBER() OVER (ORDER BY sequence) AS place FROM pending WHERE sequence > 0)
  WHERE sequence = was;
  UPDATE pending SET sequence = -sequence WHERE sequence < 0;
  UPDATE account SET (pending_records, last_sequence, pending_nano) =
    (SELECT COUNT(*), COUNT(*), COALESCE(SUM(charged_nano), 0) FROM pending WHERE sequence > 0)
  WHERE only_row = 1;
  DROP TABLE catching_up`;

const D1_ROWS = `
  SELECT ledger_id, sequence, request_id, answered_at, provider, model, multiplier_tier, input_tokens, output_tokens,
    CAST(cost_nano AS TEXT) AS cost_nano, CAST(charged_nano AS TEXT) AS charged_nano
  FROM usage
  WHERE account_id = ?1 AND (ledger_id, sequence) > (?2, CAST(?3 AS INTEGER))
    AND NOT (ledger_id = ?4 AND sequence <= CAST(?5 AS INTEGER))
  ORDER BY ledger_id, sequence LIMIT ${ROWS_A_PAGE}`;
const D1_FLUSHED = "SELECT flushed FROM ledgers WHERE account_id = ?1 AND ledger_id = ?2";
const D1_PAYMENTS = `
  SELECT payment_id, CAST(received_nano AS TEXT) AS received_nano, CAST(refunded_nano AS TEXT) AS refunded_nano
  FROM payments WHERE account_id = ?1 AND payment_id > ?2 ORDER BY payment_id LIMIT ${ROWS_A_PAGE}`;

/** Whose ledger was copied, as what, and how far it was; and behind which record of D1 it goes on. */
interface Origin {
  account_id: string;
  ledger_id: string;
  last_sequence: number;
  at_ledger: string;
  at_sequence: number;
}

type Row = Moved & { ledger_id: string; sequence: number };

/** Mark the ledger as one that has just come out of a copy. */
export function markRestored(storage: LedgerStorage): void {
  storage.kv.put(RESTORED, true);
}

/** Whether the ledger has come out of a copy, and is still as that. */
export function isRestored(storage: LedgerStorage): boolean {
  return storage.kv.get(RESTORED) === true;
}

/** Note that D1 may have more of the account than the ledger as it is now. Within a transaction. */
export function noteOrigin(storage: LedgerStorage): void {
  storage.sql.exec(NOTE_ORIGIN);
}

/**
 * Begin a ledger of another id, within the transaction of its first change after it came out of a copy: what D1 has of
 * the one that was copied may have other records under the numbers that come next.
 */
export function beginAnew(storage: LedgerStorage): void {
  noteOrigin(storage);
  storage.sql.exec(RENAME, crypto.randomUUID());
  storage.kv.delete(RESTORED);
}

/** Whether D1 may have something of the account that the ledger lacks. */
export function isBehind(storage: LedgerStorage): boolean {
  return isRestored(storage) || storage.sql.exec(FIND).toArray().length > 0;
}

/**
 * Brings a ledger up to D1: one that came out of a copy, and one that is new, for its account may be older than it.
 *
 * D1 is copied after the ledgers. What it has and a ledger lacks is entered there; what both have is pending no more.
 * Then the rest is numbered from 1. Whatever dies in between, it is done again.
 */
export class CatchUp {
  constructor(
    private readonly storage: LedgerStorage,
    private readonly db: D1Database,
    private readonly book: Book,
  ) {}

  /** Do it, where it is to be done. Throws when D1 does not answer. */
  async run(): Promise<void> {
    if (!this.book.isBehind) return;
    this.book.begin();
    const [origin] = this.storage.sql.exec(ORIGIN).toArray() as unknown as [Origin];
    const flushed = await this.adoptUsage(origin);
    await this.adoptPayments(origin.account_id);
    this.storage.transactionSync(() => {
      this.finish(origin, flushed);
    });
    this.book.isBehind = false;
  }

  /** Enter what D1 has; return how far it has the ledger that was copied. */
  private async adoptUsage(origin: Origin): Promise<number> {
    const { account_id: accountId, ledger_id: ledgerId, last_sequence: last } = origin;
    for (let [ledger, sequence] = [origin.at_ledger, origin.at_sequence]; ; ) {
      const page = this.db.prepare(D1_ROWS).bind(accountId, ledger, String(sequence), ledgerId, String(last));
      const { results: rows } = await within(D1_MS, page.all<Row>());
      const end = rows.at(-1);
      if (end === undefined) break;
      this.adoptPage(origin, rows, end);
      [ledger, sequence] = [end.ledger_id, end.sequence];
    }
    const mark = this.db.prepare(D1_FLUSHED).bind(accountId, ledgerId);
    return (await within(D1_MS, mark.first<{ flushed: number }>()))?.flushed ?? 0;
  }

  /**
   * Enter *rows* but for those that were entered again meanwhile. The ledger that was copied had none of its own that are
   * among them, also where their ids are known: those are copied a little later than the rest.
   */
  private adoptPage({ account_id: accountId, ledger_id: ledgerId }: Origin, rows: readonly Row[], end: Row): void {
    const ids = JSON.stringify(rows.map((row) => row.request_id));
    this.storage.transactionSync(() => {
      const again = new Set(this.storage.sql.exec(PENDING, ids).toArray().map((row) => row["request_id"]));
      const isNew = (row: Row): boolean => row.ledger_id === ledgerId;
      this.book.adopt(accountId, rows.filter((row) => !again.has(row.request_id)), isNew);
      this.storage.sql.exec(DROP_KNOWN, ids);
      this.storage.sql.exec(GO_ON, end.ledger_id, String(end.sequence));
    });
  }

  private async adoptPayments(accountId: string): Promise<void> {
    for (let after = ""; ; ) {
      const asked = this.db.prepare(D1_PAYMENTS).bind(accountId, after);
      const { results } = await within(D1_MS, asked.all<{ payment_id: string; received_nano: string; refunded_nano: string }>());
      const end = results.at(-1);
      if (end === undefined) return;
      this.book.adoptPayments(
        accountId,
        results.map((row) => ({ paymentId: row.payment_id, receivedNano: row.received_nano, refundedNano: row.refunded_nano })),
      );
      after = end.payment_id;
    }
  }

  private finish({ account_id: accountId, ledger_id: ledgerId, last_sequence: last }: Origin, flushed: number): void {
    const [{ first }] = this.storage.sql.exec(FIRST).toArray() as unknown as [{ first: number | null }];
    const before = Math.min(first ?? Infinity, last + 1) - 1;
    // An older copy of D1 than that of the ledger: its balance has them, and its sums of days.
    if (flushed < before) log("error", "records_in_no_copy", { accountId, ledgerId, from: flushed + 1, to: before });
    this.storage.sql.exec(DROP_FLUSHED, String(flushed), String(last));
    this.storage.sql.exec(RENUMBER);
  }
}
