import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Recorded } from "../api";
import { ACCOUNT, Harness, type Fault } from "../harness";
import { TIERS } from "../money";

const RUNS = 50;
const STEPS = 25;
const NOW = Date.parse("2026-11-29T12:00:00Z");
const FAULTS: readonly Fault[] = ["refused", "unconfirmed", "silent_done", "silent_lost"];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Numbers from 0 to 1, the same for the same seed. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** One life of a ledger: what was answered, and what it went through. */
class Life {
  readonly harness = new Harness();
  readonly answered = new Map<string, bigint>();
  private count = 0;

  constructor(private readonly next: () => number) {}

  async step(): Promise<void> {
    const way = this.next();
    if (way < 0.5) await this.record(this.next() < 0.2 ? this.count : ++this.count);
    else if (way < 0.6) this.harness.ledgers.evict();
    else if (way < 0.75) this.harness.db.faults.push(FAULTS[Math.floor(this.next() * FAULTS.length)] ?? "refused");
    else if (way < 0.9) await this.flush();
    else await this.ring();
  }

  async recover(): Promise<void> {
    this.harness.db.faults.length = 0;
    this.harness.ledgers.evict();
    await this.flush();
  }

  /** What the ledger and D1 have together, each record once. */
  kept(): Map<string, bigint> {
    const sql = "SELECT request_id, charged_nano FROM";
    const rows = [...this.harness.db.rows(`${sql} usage`), ...(this.answered.size === 0 ? [] : this.harness.own(`${sql} pending`))];
    return new Map(rows.map((row) => [String(row["request_id"]), BigInt(Number(row["charged_nano"]))]));
  }

  async record(number: number): Promise<void> {
    const cost = String(Math.floor(this.next() * 3_000_000_000));
    const tier = TIERS[Math.floor(this.next() * TIERS.length)] ?? "cloud";
    const id = `r-${number}`;
    const answer = await (await this.harness.record(id, { cost_nano: cost, multiplier_tier: tier })).json<Recorded>();
    expect(answer.recorded).toBe(!this.answered.has(id));
    if (answer.recorded) this.answered.set(id, BigInt(answer.charged_nano));
    expect(BigInt(answer.charged_nano)).toBe(this.answered.get(id));
  }

  private async flush(): Promise<void> {
    const asked = this.harness.ask("POST", "/flush", { account_id: ACCOUNT });
    await vi.advanceTimersByTimeAsync(31_000);
    expect([200, 503]).toContain((await asked).status);
  }

  private async ring(): Promise<void> {
    vi.setSystemTime(Math.max(Date.now(), this.harness.alarm ?? 0));
    const rung = this.harness.ledgers.ring(Date.now());
    await vi.advanceTimersByTimeAsync(31_000);
    await rung;
  }
}

function sum(amounts: Iterable<bigint>): bigint {
  return [...amounts].reduce((total, amount) => total + amount, 0n);
}

describe("whatever becomes of transactions and of the object", () => {
  it(`nothing that was answered is lost or counted twice, in ${RUNS} lives by chance (SI-6)`, async () => {
    for (let seed = 1; seed <= RUNS; seed++) {
      const life = new Life(chance(seed));
      for (let step = 0; step < STEPS; step++) {
        await life.step();
        expect(life.kept(), `seed ${seed}, step ${step}`).toEqual(life.answered);
      }
      await life.recover();
      const { db } = life.harness;
      const [counted] = db.rows("SELECT COUNT(*) AS records, COALESCE(SUM(charged_nano), 0) AS charged FROM usage");
      const [told] = db.rows("SELECT COALESCE(SUM(records), 0) AS records, COALESCE(SUM(charged_nano), 0) AS charged FROM batches");
      const charged = sum(life.answered.values());
      expect(counted, `seed ${seed}`).toEqual({ records: life.answered.size, charged: Number(charged) });
      expect(told, `seed ${seed}`).toEqual(counted);
      expect(await life.harness.balance()).toMatchObject({ balance_nano: String(-charged), pending_nano: "0", pending_records: 0 });
    }
  }, 300_000);

  it("a transaction that is carried out late, after its batch was confirmed, changes nothing", async () => {
    const life = new Life(chance(1));
    const late: (() => Promise<unknown>)[] = [];
    const { db } = life.harness;
    const batch = db.batch.bind(db);
    vi.spyOn(db, "batch").mockImplementationOnce((statements) => {
      late.push(() => batch(statements));
      return new Promise(() => undefined);
    });
    await life.record(1);
    const asked = life.harness.ask("POST", "/flush", { account_id: ACCOUNT });
    await vi.advanceTimersByTimeAsync(31_000);
    expect((await asked).status).toBe(503);
    await life.record(2);
    await life.recover();

    await late[0]?.();

    expect(db.rows("SELECT request_id FROM usage ORDER BY sequence")).toEqual([{ request_id: "r-1" }, { request_id: "r-2" }]);
    expect(db.rows("SELECT flushed FROM ledgers")).toEqual([{ flushed: 2 }]);
    expect(db.rows("SELECT COUNT(*) AS count FROM batches")).toEqual([{ count: 2 }]);
  });
});
