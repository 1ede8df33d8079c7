import { isPartial } from "#lib/backup/object_copy";
import type { UsageRecord } from "../api";
import { chargeOf } from "../money";
import { Payments, type Payment, type Reversal } from "./payments";
import { beginAnew, isBehind, isRestored, noteOrigin } from "./restored";
import { LATER_TABLES, TABLES } from "./tables";

const FIND_TABLES = "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'account'";
const OPEN = "INSERT INTO account (only_row, account_id, ledger_id) VALUES (1, ?1, ?2)";
const READ = `
  SELECT account_id, ledger_id, CAST(balance_nano AS TEXT) AS balance_nano, CAST(pending_nano AS TEXT) AS pending_nano,
    pending_records, last_sequence, alarm_at
  FROM account WHERE only_row = 1`;
const KNOWN = "SELECT CAST(charged_nano AS TEXT) AS charged_nano FROM requests WHERE request_id = ?1";
const REMEMBER = "INSERT INTO requests (request_id, charged_nano) VALUES (?1, ?2)";
const KNOW = `${REMEMBER} ON CONFLICT (request_id) DO NOTHING`;
const CHARGE = `
  UPDATE account SET balance_nano = balance_nano - ?1, pending_nano = pending_nano + ?1,
    pending_records = pending_records + 1, last_sequence = last_sequence + 1
  WHERE only_row = 1`;
const KEEP = `
  INSERT INTO pending (sequence, request_id, answered_at, provider, model, multiplier_tier, input_tokens, output_tokens,
    cost_nano, charged_nano)
  SELECT last_sequence, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM account WHERE only_row = 1`;
const OWE = "UPDATE account SET balance_nano = balance_nano - ?1 WHERE only_row = 1";
const COUNT = `
  INSERT INTO usage_days (day, provider, model, multiplier_tier, requests, input_tokens, output_tokens, cost_nano, charged_nano)
  VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8)
  ON CONFLICT (day, provider, model, multiplier_tier) DO UPDATE SET requests = requests + 1,
    input_tokens = input_tokens + excluded.input_tokens, output_tokens = output_tokens + excluded.output_tokens,
    cost_nano = cost_nano + excluded.cost_nano, charged_nano = charged_nano + excluded.charged_nano`;
const UNFLUSHED = "SELECT 1 AS found FROM unflushed_payments WHERE payment_id > '' LIMIT 1";
const NOTE_ALARM = "UPDATE account SET alarm_at = ?1 WHERE only_row = 1";

/** The account as it stands. */
export interface Account {
  account_id: string;
  ledger_id: string;
  balance_nano: string;
  pending_nano: string;
  pending_records: number;
  last_sequence: number;
  /** When the alarm was set to ring, in milliseconds since 1970; `null` when none is. */
  alarm_at: number | null;
}

/** What came of a record. */
export interface Entry {
  isNew: boolean;
  chargedNano: string;
}

/** The part of an object's storage that is used here. */
export type LedgerStorage = Pick<DurableObjectStorage, "sql" | "kv" | "transactionSync">;

/** A record as D1 has it. */
export interface Moved {
  request_id: string;
  answered_at: string;
  provider: string;
  model: string;
  multiplier_tier: string;
  input_tokens: number;
  output_tokens: number;
  cost_nano: string;
  charged_nano: string;
}

/**
 * The book of one account. What a method writes is one transaction; an account that nothing was entered for stores
 * nothing. Whole numbers are bound as text, for the runtime would make them REAL.
 */
export class Book {
  /** Whether D1 may have something of the account that is not here. */
  isBehind: boolean;
  private isOpen: boolean;
  private isCurrent = false;
  private readonly isPartial: boolean;
  private readonly payments: Payments;

  constructor(private readonly storage: LedgerStorage) {
    this.payments = new Payments(storage);
    this.isOpen = this.rows(FIND_TABLES).length > 0;
    this.isBehind = isBehind(storage);
    this.isPartial = isPartial(storage);
  }

  /** Whose it is, also while it is being brought in; `undefined` where nothing was ever entered. */
  get name(): string | undefined {
    return this.isOpen ? this.rows<Account>(READ)[0]?.account_id : undefined;
  }

  /** The account, or `undefined` where nothing was ever entered. Throws while it is being brought in. */
  get account(): Account | undefined {
    this.refusePart();
    return this.isOpen ? this.rows<Account>(READ)[0] : undefined;
  }

  /** Enter *records*, all of them or none. A request that is known stays as it was entered. */
  enter(accountId: string, records: readonly UsageRecord[]): Entry[] {
    return this.change(accountId, () => records.map((record) => this.enterOne(record)));
  }

  /** Note what is known of a payment; return how much more it is worth than before. */
  credit(accountId: string, payment: Payment): bigint {
    return this.change(accountId, () => this.payments.credit(payment));
  }

  /** Note what was taken back of payments, or given back again; return how much more they are worth than before. */
  reverse(accountId: string, reversals: readonly Reversal[]): bigint {
    return this.change(accountId, () => reversals.reduce((sum, reversal) => sum + this.payments.reverse(reversal), 0n));
  }

  /** Begin what the ledger goes on as, where it has come out of a copy. */
  begin(): void {
    const account = this.account;
    if (account !== undefined) this.change(account.account_id, () => undefined);
  }

  /** Enter what D1 has: it is charged, and not pending. What *isNew* does not say is so stays as it was where it is known. */
  adopt<M extends Moved>(accountId: string, records: readonly M[], isNew: (record: M) => boolean): void {
    this.change(accountId, () => {
      for (const record of records) if (isNew(record) || this.rows(KNOWN, record.request_id).length === 0) this.adoptOne(record);
    });
  }

  /** Note what D1 has of payments, and have it asked what was taken back of them. */
  adoptPayments(accountId: string, payments: readonly Payment[]): void {
    this.change(accountId, () => {
      for (const payment of payments) this.payments.adopt(payment);
    });
  }

  /** Whether D1 does not know yet all that is known of payments. */
  get hasUnflushedPayments(): boolean {
    return this.isOpen && this.rows(UNFLUSHED).length > 0;
  }

  /** Note when the alarm rings, `null` for never. */
  noteAlarm(at: number | null): void {
    if (this.isOpen) this.rows(NOTE_ALARM, at === null ? null : String(at));
  }

  private enterOne(record: UsageRecord): Entry {
    const known = this.rows<{ charged_nano: string }>(KNOWN, record.request_id)[0];
    if (known !== undefined) return { isNew: false, chargedNano: known.charged_nano };
    const charged = String(chargeOf(BigInt(record.cost_nano), record.multiplier_tier));
    const { provider, model, multiplier_tier, at } = record;
    const counted = [String(record.input_tokens), String(record.output_tokens), record.cost_nano, charged];
    this.rows(REMEMBER, record.request_id, charged);
    this.rows(CHARGE, charged);
    this.rows(KEEP, record.request_id, at, provider, model, multiplier_tier, ...counted);
    this.rows(COUNT, at.slice(0, 10), provider, model, multiplier_tier, ...counted);
    return { isNew: true, chargedNano: charged };
  }

  private adoptOne(record: Moved): void {
    const { request_id, answered_at, provider, model, multiplier_tier, cost_nano, charged_nano } = record;
    this.rows(KNOW, request_id, charged_nano);
    this.rows(OWE, charged_nano);
    const counted = [String(record.input_tokens), String(record.output_tokens), cost_nano, charged_nano];
    this.rows(COUNT, answered_at.slice(0, 10), provider, model, multiplier_tier, ...counted);
  }

  private refusePart(): void {
    if (this.isPartial) throw new Error("a copy of the ledger is being brought in");
  }

  private change<T>(accountId: string, act: () => T): T {
    this.refusePart();
    const done = this.storage.transactionSync(() => {
      if (!this.isOpen) {
        this.storage.sql.exec(TABLES);
        this.rows(OPEN, accountId, crypto.randomUUID());
        noteOrigin(this.storage);
      }
      if (!this.isCurrent) {
        this.storage.sql.exec(LATER_TABLES);
        if (isRestored(this.storage)) beginAnew(this.storage);
      }
      return act();
    });
    this.isBehind ||= !this.isOpen;
    this.isOpen = true;
    this.isCurrent = true;
    return done;
  }

  private rows<Row>(sql: string, ...values: (string | null)[]): Row[] {
    return this.storage.sql.exec(sql, ...values).toArray() as Row[];
  }
}
