import { CopiedObject } from "#lib/backup/copied_object";
import { isPartial, refusePart } from "#lib/backup/object_copy";
import { CLOCK } from "#lib/clock";
import { describeError, log } from "#lib/log";
import { RequestWindow } from "#lib/request_window";
import { chargeOf } from "../../billing/money";
import { requiresBalance } from "../config";
import type { Env } from "../env";
import { Credit } from "./credit";
import { Held } from "./held";
import type { Admission, Journal, KeptAnswer, Settlement, Standing, Verdict } from "./model";
import { Outbox, SOON_MS } from "./outbox";
import { RunningCalls } from "./running";
import { SQL, TABLES } from "./tables";

const SECOND_MS = 1_000;
const MOST_WAIT_SECONDS = 5;
/** SQLite of an object takes 2 MB in a row; characters may have three bytes. */
const MOST_CHARACTERS = 600_000;
const MOST_COUNTED = 1_000;
/** How long an answer waits for others that are written with it, where others are being made. */
const TOGETHER_MS = 1;

type Row = Record<string, string | number | null>;

/** What stands on the storage, and is made anew when that has been brought back. */
interface Opened {
  outbox: Outbox;
  credit: Credit | null;
  hits: RequestWindow;
}

/**
 * The calls of one account: how many its keys have made, which ids are taken, and what billing has to be told.
 *
 * Who is let in waits for no disk. What was answered is on disk before it is shown: storage is synchronous, what one
 * event writes is written as a whole, and what it answers is held until then. So an id that is settled is in the
 * outbox, and goes from there to billing until billing has taken it, whatever dies meanwhile.
 */
export class CallJournal extends CopiedObject<Env> implements Journal {
  // Ids are forgotten by nobody, and requests are counted for a minute.
  protected override readonly kept = { growing: "calls", emptied: ["requests"] };
  private readonly sql: SqlStorage;
  private readonly running = new RunningCalls();
  private opened: Opened;
  private alarmAt: number | null | undefined;
  private waiting: Settlement[] = [];
  private writing: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.opened = this.open();
  }

  async admit(admission: Admission): Promise<Verdict> {
    refusePart(this.ctx.storage);
    const { key, limit } = admission;
    const retryAfter = this.hits.hit(key, limit, CLOCK.now());
    if (retryAfter > 0) return { is: "limited", retryAfter };
    if (this.knownOf(admission) === undefined && this.unpaid() !== undefined) await this.credit?.refresh(admission.accountId);
    // Nothing waits from here on, so no two calls count on the same money, or on the same id.
    return this.knownOf(admission) ?? this.unpaid() ?? this.admitted(admission);
  }

  /** What comes at the same time is written at once: a disk takes many records as fast as one. */
  async settle(settlement: Settlement): Promise<void> {
    refusePart(this.ctx.storage);
    this.waiting.push(settlement);
    this.writing ??= this.writeSoon();
    await this.writing;
  }

  /** Give up that attempt at a call. */
  release(requestId: string, attempt: string): void {
    this.running.end(requestId, attempt);
    this.hits.keep(CLOCK.now());
  }

  count(key: string, limit: number): Promise<number> {
    const retryAfter = this.hits.hit(besides(key), limit, CLOCK.now());
    this.hits.keep(CLOCK.now());
    return Promise.resolve(retryAfter);
  }

  standing(key: string, limit: number): Promise<Standing> {
    const left = (counted: string): number => Math.max(0, limit - this.hits.count(counted, CLOCK.now()));
    return Promise.resolve({ remaining: left(key), othersRemaining: left(besides(key)), ...this.outbox.count(MOST_COUNTED) });
  }

  /** Deliver and forget what is due. Never throws: after seven failures the runtime would ring no more (W9). */
  override async alarm(): Promise<void> {
    if (isPartial(this.ctx.storage)) return;
    this.alarmAt = null;
    try {
      await this.outbox.deliver();
      this.sql.exec(SQL.forgetAnswers, CLOCK.now());
    } catch (error) {
      log("error", "journal_alarm_failed", describeError(error));
    }
    const next = this.nextWake(CLOCK.now());
    if (next !== undefined) await this.wakeBy(next);
  }

  /** Whose calls these are. What is still to be billed says it also where an earlier version has noted no name. */
  protected override copiedAs(): string | undefined {
    return super.copiedAs() ?? this.outbox.accountId;
  }

  protected override begin(): void {
    this.opened = this.open();
    this.alarmAt = undefined;
  }

  private open(): Opened {
    // A copy that is being brought in has its own tables.
    if (!isPartial(this.ctx.storage)) this.sql.exec(TABLES);
    const outbox = new Outbox(this.ctx.storage, this.env.BILLING, (balance, charged) => this.credit?.hear(balance, charged));
    const credit = requiresBalance(this.env) ? new Credit(this.env.BILLING, outbox.chargesNano()) : null;
    return { outbox, credit, hits: new RequestWindow(this.sql, CLOCK.now()) };
  }

  private get outbox(): Outbox {
    return this.opened.outbox;
  }

  private get credit(): Credit | null {
    return this.opened.credit;
  }

  private get hits(): RequestWindow {
    return this.opened.hits;
  }

  private admitted({ requestId, fingerprint, leaseMs, mostNano }: Admission): Verdict {
    const attempt = this.running.begin(requestId, fingerprint, CLOCK.now(), leaseMs, mostNano);
    return { is: "admitted", call: new Held(this, requestId, attempt) };
  }

  private async writeSoon(): Promise<void> {
    // Whoever is alone waits for nobody, but long enough that `writing` is this.
    await (this.running.size > 1 ? CLOCK.sleep(TOGETHER_MS) : undefined);
    const together = this.waiting;
    this.waiting = [];
    this.writing = undefined;
    this.hits.keep(CLOCK.now());
    for (const each of together) this.write(each);
    await this.wakeBy(CLOCK.now() + SOON_MS);
  }

  private write({ fingerprint, record, answer, answerMs }: Settlement): void {
    const [now, requestId] = [CLOCK.now(), record.request_id];
    this.noteName(record.account_id);
    this.running.end(requestId);
    if (fingerprint !== null) this.sql.exec(SQL.addCall, requestId, fingerprint);
    if (fingerprint !== null && answer !== null && answerMs > 0 && answer.body.length <= MOST_CHARACTERS) {
      this.sql.exec(SQL.addAnswer, requestId, answer.contentType, answer.body, now + answerMs);
    }
    const isNew = this.outbox.add(record);
    if (isNew) this.credit?.charge(chargeOf(BigInt(record.cost_nano), record.multiplier_tier));
  }

  /** What is known of the id, if it is taken. One of the journal's own making is not looked up: nobody else has it. */
  private knownOf({ requestId, fingerprint }: Admission): Verdict | undefined {
    if (fingerprint === null) return undefined;
    const now = CLOCK.now();
    return this.settled(requestId, fingerprint, now) ?? this.underWay(requestId, fingerprint, now);
  }

  private settled(requestId: string, fingerprint: string, now: number): Verdict | undefined {
    const [known] = this.rows(SQL.call, requestId);
    if (known === undefined) return undefined;
    if (known["fingerprint"] !== fingerprint) return { is: "other" };
    const [row] = this.rows(SQL.answer, requestId, now);
    if (row === undefined) return { is: "spent" };
    return { is: "answered", answer: { contentType: row["content_type"], body: row["body"] } as KeptAnswer };
  }

  private underWay(requestId: string, fingerprint: string, now: number): Verdict | undefined {
    const call = this.running.find(requestId, now);
    if (call === undefined) return undefined;
    if (call.fingerprint !== fingerprint) return { is: "other" };
    return { is: "running", retryAfter: Math.min(MOST_WAIT_SECONDS, Math.ceil(call.leftMs / SECOND_MS)) };
  }

  /** Why the account may not ask, if it has to have something left and has not. */
  private unpaid(): Verdict | undefined {
    if (this.credit === null) return undefined;
    const leftNano = this.credit.left(this.running.mostNano);
    if (leftNano === undefined) return { is: "unknown" };
    return leftNano > 0n ? undefined : { is: "exhausted", leftNano, runningNano: this.running.mostNano };
  }

  /** When something is due next; `undefined` while nothing is. */
  private nextWake(now: number): number | undefined {
    const times = [...this.rows(SQL.nextAnswer).map(({ at }) => Number(at)), this.outbox.nextAt(now)].filter((at) => at !== undefined);
    return times.length === 0 ? undefined : Math.max(now + SOON_MS, Math.min(...times));
  }

  private async wakeBy(time: number): Promise<void> {
    if (this.alarmAt === undefined) this.alarmAt = await this.ctx.storage.getAlarm();
    if (this.alarmAt !== null && this.alarmAt <= time) return;
    this.alarmAt = time;
    await this.ctx.storage.setAlarm(time);
  }

  private rows(sql: string, ...values: (string | number)[]): Row[] {
    return this.sql.exec<Row>(sql, ...values).toArray();
  }
}

/** What the requests of *key* are counted by that ask no model: no id of a key has a space. */
function besides(key: string): string {
  return `${key} besides`;
}
