import { DurableObject } from "cloudflare:workers";

import { CLOCK } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { Env } from "../env";
import { deliver } from "./delivery";
import type { Admission, Journal, KeptAnswer, Settlement, Standing, Verdict } from "./model";
import { SQL, TABLES } from "./tables";

const WINDOW_MS = 60_000;
const SECOND_MS = 1_000;
/** How long an id that was billed is known: longer than the year that billing reports. */
const REMEMBER_MS = 400 * 86_400_000;
/** SQLite of an object takes 2 MB in a row; characters may have three bytes. */
const MOST_CHARACTERS = 600_000;
const A_ROUND = 50;
const SOON_MS = 1_000;
const LATE_MS = 300_000;
const REFUSED_MS = 3_600_000;

type Row = Record<string, string | number | null>;

/**
 * The calls of one account: how many its keys have made, which ids are taken, and what billing has to be told.
 *
 * Storage is synchronous and what one event writes is written as a whole, so an id that is settled is in the outbox.
 * From there it goes to billing until billing has taken it, whatever dies meanwhile.
 */
export class CallJournal extends DurableObject<Env> implements Journal {
  private readonly sql: SqlStorage;
  private delivering: Promise<void> | undefined;
  private isMoreDue = false;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(TABLES);
  }

  async admit({ requestId, key, limit, fingerprint, leaseMs }: Admission): Promise<Verdict> {
    const now = CLOCK.now();
    const retryAfter = this.hit(key, limit, now);
    if (retryAfter > 0) return { is: "limited", retryAfter };
    const [known] = this.rows(SQL.call, requestId);
    if (known !== undefined) {
      const verdict = this.verdictOn(known, requestId, fingerprint, now);
      if (verdict !== undefined) return verdict;
    }
    const attempt = Number(known?.["attempt"] ?? 0) + 1;
    this.sql.exec(SQL.addCall, requestId, fingerprint, attempt, now + leaseMs, now + leaseMs + WINDOW_MS);
    await this.wakeBy(now + leaseMs + WINDOW_MS);
    return { is: "admitted", attempt };
  }

  async settle({ requestId, fingerprint, record, answer, answerMs }: Settlement): Promise<void> {
    const now = CLOCK.now();
    this.sql.exec(SQL.settleCall, requestId, fingerprint, now + REMEMBER_MS);
    if (answer !== null && answerMs > 0 && answer.body.length <= MOST_CHARACTERS) {
      this.sql.exec(SQL.addAnswer, requestId, answer.contentType, answer.body, now + answerMs);
    }
    this.sql.exec(SQL.addRecord, requestId, JSON.stringify(record), now);
    await this.wakeBy(now + SOON_MS);
    this.ctx.waitUntil(this.deliverDue());
  }

  release(requestId: string, attempt: number): Promise<void> {
    this.sql.exec(SQL.dropCall, requestId, attempt);
    return Promise.resolve();
  }

  standing(key: string, limit: number): Promise<Standing> {
    const made = this.rows(SQL.lastHits, key, CLOCK.now() - WINDOW_MS, limit).length;
    const [row] = this.rows(SQL.unbilled);
    const { unbilled, refused } = row ?? {};
    return Promise.resolve({ remaining: limit - made, unbilled: Number(unbilled), refused: Number(refused) });
  }

  /** Deliver and forget what is due. Never throws: after seven failures the runtime would ring no more. */
  override async alarm(): Promise<void> {
    try {
      await this.deliverDue();
      const now = CLOCK.now();
      this.sql.exec(SQL.forgetAnswers, now);
      this.sql.exec(SQL.forgetCalls, now);
    } catch (error) {
      log("error", "journal_alarm_failed", describeError(error));
    }
    await this.ctx.storage.setAlarm(this.nextWake());
  }

  /** Count a request of *key*, in any 60 seconds; return the seconds to wait when it has made all of them. */
  private hit(key: string, limit: number, now: number): number {
    this.sql.exec(SQL.dropHits, now - WINDOW_MS);
    const hits = this.rows(SQL.lastHits, key, now - WINDOW_MS, limit);
    const oldest = hits[limit - 1];
    if (oldest !== undefined) return Math.max(1, Math.ceil((Number(oldest["at"]) + WINDOW_MS - now) / SECOND_MS));
    this.sql.exec(SQL.addHit, key, now);
    return 0;
  }

  /** What is to be said to whoever uses an id again; nothing, where its call has died. */
  private verdictOn(known: Row, requestId: string, fingerprint: string, now: number): Verdict | undefined {
    if (known["fingerprint"] !== fingerprint) return { is: "other" };
    const lease = Number(known["lease_until"]) - now;
    if (known["state"] === "running") {
      return lease > 0 ? { is: "running", retryAfter: Math.min(5, Math.ceil(lease / SECOND_MS)) } : undefined;
    }
    const answer = this.answerOf(requestId, now);
    return answer === undefined ? { is: "spent" } : { is: "answered", answer };
  }

  private answerOf(requestId: string, now: number): KeptAnswer | undefined {
    const [row] = this.rows(SQL.answer, requestId, now);
    return row === undefined ? undefined : { contentType: String(row["content_type"]), body: String(row["body"]) };
  }

  /** Tell billing of all that is due, one record at a time: whoever comes meanwhile has it looked at once more. */
  private deliverDue(): Promise<void> {
    this.isMoreDue = true;
    this.delivering ??= this.deliverRounds().finally(() => {
      this.delivering = undefined;
    });
    return this.delivering;
  }

  private async deliverRounds(): Promise<void> {
    while (this.isMoreDue) {
      const due = this.rows(SQL.due, CLOCK.now(), A_ROUND);
      this.isMoreDue = due.length === A_ROUND;
      for (const row of due) {
        // Where one cannot be told, neither can the others: the alarm goes on.
        if (!(await this.deliverOne(row))) return;
      }
    }
  }

  /** Return whether billing was reached. */
  private async deliverOne(row: Row): Promise<boolean> {
    const requestId = String(row["request_id"]);
    const outcome = await deliver(this.env.BILLING, String(row["record"]));
    if (outcome === "recorded") this.sql.exec(SQL.delivered, requestId);
    else this.putOff(requestId, Number(row["tries"]), outcome === "refused");
    return outcome !== "unreachable";
  }

  /** A record that billing refuses is kept as well: it is money, and somebody has to look. */
  private putOff(requestId: string, tries: number, refused: boolean): void {
    if (refused) log("error", "record_refused", { request_id: requestId });
    const wait = refused ? REFUSED_MS : Math.min(LATE_MS, SOON_MS * 2 ** tries);
    this.sql.exec(SQL.putOff, CLOCK.now() + wait, refused ? 1 : 0, requestId);
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
