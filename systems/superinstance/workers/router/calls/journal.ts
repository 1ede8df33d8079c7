import { DurableObject } from "cloudflare:workers";

import { CLOCK } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { Env } from "../env";
import type { Admission, Journal, KeptAnswer, Settlement, Standing, Verdict } from "./model";
import { Outbox, SOON_MS } from "./outbox";
import { RunningCalls } from "./running";
import { SQL, TABLES } from "./tables";
import { HitWindow, WINDOW_MS, type Hit } from "./window";

const SECOND_MS = 1_000;
const MOST_WAIT_SECONDS = 5;
/** How long an id that was billed is known: longer than the year that billing reports. */
const REMEMBER_MS = 400 * 86_400_000;
/** SQLite of an object takes 2 MB in a row; characters may have three bytes. */
const MOST_CHARACTERS = 600_000;
const MOST_COUNTED = 1_000;

/** How long an answer waits for others that are written with it. */
const TOGETHER_MS = 1;

type Row = Record<string, string | number | null>;

/**
 * The calls of one account: how many its keys have made, which ids are taken, and what billing has to be told.
 *
 * Who is let in waits for no disk. What was answered is on disk before it is shown: storage is synchronous and what
 * one event writes is written as a whole, so an id that is settled is in the outbox, and goes from there to billing
 * until billing has taken it, whatever dies meanwhile.
 */
export class CallJournal extends DurableObject<Env> implements Journal {
  private readonly sql: SqlStorage;
  private readonly outbox: Outbox;
  private readonly running = new RunningCalls();
  private readonly hits: HitWindow;
  private waiting: Settlement[] = [];
  private writing: Promise<void> | undefined;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(TABLES);
    this.outbox = new Outbox(this.sql, env.BILLING);
    this.hits = new HitWindow(this.rows(SQL.hitsSince, CLOCK.now() - WINDOW_MS) as unknown as Hit[]);
  }

  admit({ requestId, key, limit, fingerprint, leaseMs }: Admission): Promise<Verdict> {
    const now = CLOCK.now();
    const waitMs = this.hits.hit(key, limit, now);
    if (waitMs > 0) return Promise.resolve({ is: "limited", retryAfter: Math.ceil(waitMs / SECOND_MS) });
    const verdict = this.settled(requestId, fingerprint, now) ?? this.underWay(requestId, fingerprint, now);
    if (verdict !== undefined) return Promise.resolve(verdict);
    return Promise.resolve({ is: "admitted", attempt: this.running.begin(requestId, fingerprint, now, leaseMs) });
  }

  /** What comes at the same time is written at once: a disk takes many records as fast as one. */
  async settle(settlement: Settlement): Promise<void> {
    this.waiting.push(settlement);
    this.writing ??= this.writeSoon();
    await this.writing;
  }

  private async writeSoon(): Promise<void> {
    await CLOCK.sleep(TOGETHER_MS);
    const together = this.waiting;
    this.waiting = [];
    this.writing = undefined;
    this.keepHits();
    for (const each of together) this.write(each);
    await this.wakeBy(CLOCK.now() + SOON_MS);
  }

  private write({ fingerprint, record, answer, answerMs }: Settlement): void {
    const now = CLOCK.now();
    const requestId = record.request_id;
    this.running.end(requestId);
    this.sql.exec(SQL.addCall, requestId, fingerprint, now + REMEMBER_MS);
    if (answer !== null && answerMs > 0 && answer.body.length <= MOST_CHARACTERS) {
      this.sql.exec(SQL.addAnswer, requestId, answer.contentType, answer.body, now + answerMs);
    }
    this.outbox.add(record);
  }

  release(requestId: string, attempt: string): Promise<void> {
    this.running.end(requestId, attempt);
    this.keepHits();
    return Promise.resolve();
  }

  standing(key: string, limit: number): Promise<Standing> {
    const unbilled = this.rows(SQL.unbilled, MOST_COUNTED);
    const refused = unbilled.filter((row) => row["refused"] === 1);
    const remaining = Math.max(0, limit - this.hits.count(key, CLOCK.now()));
    return Promise.resolve({ remaining, unbilled: unbilled.length, refused: refused.length });
  }

  /** Deliver and forget what is due. Never throws: after seven failures the runtime would ring no more (W9). */
  override async alarm(): Promise<void> {
    try {
      await this.outbox.deliver();
      const now = CLOCK.now();
      this.sql.exec(SQL.forgetHits, now - WINDOW_MS);
      this.sql.exec(SQL.forgetAnswers, now);
      this.sql.exec(SQL.forgetCalls, now);
    } catch (error) {
      log("error", "journal_alarm_failed", describeError(error));
    }
    await this.wakeBy(this.nextWake());
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

  /** With what else is written: whoever leaves memory after that has forgotten no request. */
  private keepHits(): void {
    for (const { key, at } of this.hits.take()) this.sql.exec(SQL.addHit, key, at);
  }

  /** When something is due next. */
  private nextWake(): number {
    const now = CLOCK.now();
    const times = [SQL.nextRecord, SQL.nextAnswer, SQL.nextCall].flatMap((sql) => this.rows(sql).map(({ at }) => Number(at)));
    return Math.max(now + SOON_MS, Math.min(...times, now + REMEMBER_MS));
  }

  private async wakeBy(time: number): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || alarm > time) await this.ctx.storage.setAlarm(time);
  }

  private rows(sql: string, ...values: (string | number)[]): Row[] {
    return this.sql.exec<Row>(sql, ...values).toArray();
  }
}
