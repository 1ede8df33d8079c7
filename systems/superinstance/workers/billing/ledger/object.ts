import { DurableObject } from "cloudflare:workers";

import { copyOf, emptyAll, putCopy, isPartial, type BroughtIn, type Copied, type Kept, type ObjectCopy, type Part } from "#lib/backup/object_copy";
import type { Place } from "#lib/backup/table_pages";
import { CLOCK } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { Balance, Flushed, Imported, Usage, UsageRecord } from "../api";
import { flushAtNano, flushSeconds } from "../config";
import type { Env } from "../env";
import { Book, type Account, type Entry } from "./book";
import { Flush } from "./flush";
import type { Payment, Reversal } from "./payments";
import { noUsage, usageOf } from "./report";
import { CatchUp, markRestored } from "./restored";
import { tellOfSpending } from "./spending";
import { GROWING_TABLE } from "./tables";

/** What the ledger of an account answers. Refusals are values: what an object throws is in no event of its own. */
export interface Ledger {
  enter(accountId: string, records: readonly UsageRecord[]): Promise<Entered>;
  balance(accountId: string): Promise<Balance>;
  usage(accountId: string, from: string, to: string): Promise<Usage>;
  credit(accountId: string, payment: Payment): Promise<Credited>;
  reverse(accountId: string, reversals: readonly Reversal[]): Promise<Credited>;
  flush(): Promise<Flushed | "unconfirmed">;
}

/** What has come of records. */
export interface Entered extends Imported {
  /** What those that were known were charged then. */
  charged_before_nano: string;
}

/** What a payment has come to. */
export interface Credited {
  credited_nano: string;
  balance_nano: string;
}

/** What is kept beside the tables are marks of how the ledger came to be, and none of them is in its copy. */
const KEPT: Kept = { growing: GROWING_TABLE, leavesOut: () => true };
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 300_000;

/**
 * The ledger of one account: every record is in its SQLite database before it is answered, and moves to D1 from there.
 *
 * Storage is synchronous, so every change is atomic without a lock. The alarm never throws: one that does rings seven
 * times and is gone. It is noted beside the book, so that whoever comes next sees one that has not rung, and sets it.
 */
export class BillingLedger extends DurableObject<Env> implements Ledger, Copied {
  private book: Book;
  private flushing: Promise<number | undefined> | undefined;
  private failures = 0;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.book = new Book(ctx.storage);
  }

  async enter(accountId: string, records: readonly UsageRecord[]): Promise<Entered> {
    const entries = this.book.enter(accountId, records);
    const account = this.book.account;
    await this.wake();
    return {
      recorded: entries.filter(({ isNew }) => isNew).length,
      known_before: entries.filter(({ isNew }) => !isNew).length,
      charged_nano: chargeOfAll(entries.filter(({ isNew }) => isNew)),
      charged_before_nano: chargeOfAll(entries.filter(({ isNew }) => !isNew)),
      balance_nano: account?.balance_nano ?? "0",
    };
  }

  async balance(accountId: string): Promise<Balance> {
    await this.wake();
    const account = this.book.account;
    return {
      account_id: accountId,
      balance_nano: account?.balance_nano ?? "0",
      pending_nano: account?.pending_nano ?? "0",
      pending_records: account?.pending_records ?? 0,
    };
  }

  usage(accountId: string, from: string, to: string): Promise<Usage> {
    const isKnown = this.book.account !== undefined;
    return Promise.resolve(isKnown ? usageOf(this.ctx.storage.sql, accountId, from, to) : noUsage(accountId, from, to));
  }

  async credit(accountId: string, payment: Payment): Promise<Credited> {
    return this.credited(this.book.credit(accountId, payment));
  }

  async reverse(accountId: string, reversals: readonly Reversal[]): Promise<Credited> {
    return this.credited(this.book.reverse(accountId, reversals));
  }

  async flush(): Promise<Flushed | "unconfirmed"> {
    if (this.book.account === undefined) return { flushed_records: 0, pending_records: 0, pending_nano: "0" };
    const flushed = await this.tryFlush();
    await this.wake();
    if (flushed === undefined) return "unconfirmed";
    const { pending_records, pending_nano } = this.book.account;
    return { flushed_records: flushed, pending_records, pending_nano };
  }

  async copyOut(from: Place | null): Promise<Part | { refused: string }> {
    const name = this.book.name;
    return name === undefined ? { copy: null, next: null } : copyOf(this.ctx.storage, { name }, from, KEPT);
  }

  async copyIn(copy: ObjectCopy, replace: boolean): Promise<BroughtIn> {
    if (this.book.name !== undefined && !replace && copy.goes_on !== true) return "occupied";
    await this.flushing;
    const came = await putCopy(this.ctx.storage, copy, () => {
      markRestored(this.ctx.storage);
    });
    this.book = new Book(this.ctx.storage);
    // Not noted: until something is entered or moved, the ledger is as it was copied, byte for byte. That of the copy may be due.
    if (came === "copied" && copy.more !== true) await this.ctx.storage.setAlarm(CLOCK.now() + flushSeconds(this.env) * 1000);
    return came;
  }

  async empty(): Promise<void> {
    await emptyAll(this.ctx.storage);
    this.book = new Book(this.ctx.storage);
  }

  override async alarm(): Promise<void> {
    if (isPartial(this.ctx.storage)) return;
    this.book.noteAlarm(null);
    if (this.book.account !== undefined) await this.tryFlush();
    await this.wake();
  }

  /** Move all that is pending; `undefined` when D1 has not confirmed it. Whoever comes meanwhile waits for the same. */
  private tryFlush(): Promise<number | undefined> {
    this.flushing ??= this.flushOnce().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private async flushOnce(): Promise<number | undefined> {
    try {
      const moved = await this.moveAll();
      this.failures = 0;
      return moved;
    } catch (error) {
      this.failures += 1;
      log("error", "flush_failed", { failures: this.failures, ...describeError(error) });
      return undefined;
    }
  }

  private async moveAll(): Promise<number> {
    await new CatchUp(this.ctx.storage, this.env.DB, this.book).run();
    const flush = new Flush(this.ctx.storage, this.env.DB, CLOCK.now);
    let moved = 0;
    for (let batch = await flush.moveBatch(); batch > 0; batch = await flush.moveBatch()) moved += batch;
    while (await flush.movePayments((reversals) => this.book.reverse(this.book.account?.account_id ?? "", reversals)));
    // Beside what waits for the flush: whom it tells may take ten seconds.
    if (moved > 0) this.ctx.waitUntil(tellOfSpending(this.env, CLOCK.now()));
    return moved;
  }

  private async credited(more: bigint): Promise<Credited> {
    const balance = this.book.account?.balance_nano ?? "0";
    await this.wake();
    return { credited_nano: String(more), balance_nano: balance };
  }

  /** Have the alarm ring when something is to be moved, and not later than it is due. */
  private async wake(): Promise<void> {
    const account = this.book.account;
    if (account === undefined) return;
    const now = CLOCK.now();
    const due = this.dueAt(account, now);
    const isSet = account.alarm_at !== null && account.alarm_at > now - LONGEST_RETRY_MS && account.alarm_at <= due;
    if (due === Infinity || isSet) return;
    this.book.noteAlarm(due);
    await this.ctx.storage.setAlarm(due);
  }

  private dueAt(account: Account, now: number): number {
    const isPending = account.pending_records > 0 || this.book.hasUnflushedPayments || this.book.isBehind;
    if (!isPending) return Infinity;
    if (this.failures > 0) return now + Math.min(RETRY_MS * 2 ** (this.failures - 1), LONGEST_RETRY_MS);
    return BigInt(account.pending_nano) >= flushAtNano(this.env) ? now : now + flushSeconds(this.env) * 1000;
  }
}

function chargeOfAll(entries: readonly Entry[]): string {
  return String(entries.reduce((sum, { chargedNano }) => sum + BigInt(chargedNano), 0n));
}
