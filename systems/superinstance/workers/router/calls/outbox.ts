import { CLOCK } from "#lib/clock";
import { log } from "#lib/log";
import type { RecordRequest } from "../../billing/api";
import { chargeOf } from "../../billing/money";
import { deliver } from "./delivery";
import { SQL } from "./tables";

/** How long a record waits for others that go with it. */
export const SOON_MS = 1_000;
const LATE_MS = 300_000;
const REFUSED_MS = 3_600_000;
const MOST_RECORDS = 500;
const FAILURES = "failures";

interface Due {
  requestId: string;
  record: RecordRequest;
}

/** The part of an object's storage that is used here. */
type OutboxStorage = Pick<DurableObjectStorage, "sql" | "kv">;

/** What billing has to be told: each record stays until billing has taken it. */
export class Outbox {
  /**
   * @param told Hears what the account has left, where billing says so, and what it was told of, in 10⁻⁹ dollars.
   */
  constructor(
    private readonly storage: OutboxStorage,
    private readonly billing: Fetcher,
    private readonly told: (balanceNano: bigint | undefined, chargedNano: bigint) => void,
  ) {}

  /** Keep *record*; return whether it is another one than those that are kept. */
  add(record: RecordRequest): boolean {
    return this.rows(SQL.addRecord, record.request_id, JSON.stringify(record)).length > 0;
  }

  /** Tell billing of everything. Where some cannot be told, neither can the others: they wait, longer each time. */
  async deliver(): Promise<void> {
    const [failures, isReached] = [this.failures, await this.tellAll()];
    if (!isReached) this.storage.kv.put(FAILURES, failures + 1);
    else if (failures > 0) this.storage.kv.put(FAILURES, 0);
  }

  /** When billing is to be told next; `undefined` while there is nothing to tell. */
  nextAt(now: number): number | undefined {
    const soonest = now + Math.min(LATE_MS, SOON_MS * 2 ** this.failures);
    if (this.rows(SQL.records, "", 1).length > 0) return soonest;
    const [refused] = this.rows(SQL.nextRefused);
    return refused === undefined ? undefined : Math.max(soonest, Number(refused["at"]));
  }

  /** Calls that are not billed, and those of them that billing refuses, each counted up to *most*. */
  count(most: number): { unbilled: number; refused: number } {
    const refused = this.rows(SQL.refused, Number.MAX_SAFE_INTEGER, most).length;
    return { unbilled: Math.min(most, this.rows(SQL.records, "", most).length + refused), refused };
  }

  /** Whose calls these are; `undefined` while there is nothing to tell. */
  get accountId(): string | undefined {
    const [first] = [...this.due(SQL.records, "", 1), ...this.due(SQL.refused, Number.MAX_SAFE_INTEGER, 1)];
    return first?.record.account_id;
  }

  /** What the records will be charged, in 10⁻⁹ dollars: those that billing refuses as well, for it may take them yet. */
  chargesNano(): bigint {
    let sum = chargesOf(this.due(SQL.refused, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER));
    for (let some = this.records(); some.length > 0; some = this.records(some.at(-1)?.requestId)) sum += chargesOf(some);
    return sum;
  }

  /** How often in a row billing was not reached: an object that leaves memory meanwhile goes on as slowly. */
  private get failures(): number {
    return this.storage.kv.get<number>(FAILURES) ?? 0;
  }

  /** Tell of everything that is due; return whether billing was reached. */
  private async tellAll(): Promise<boolean> {
    for (let due = this.records(); due.length > 0; due = this.records()) if (!(await this.tell(due))) return false;
    for (const each of this.refused()) if (!(await this.tell([each]))) return false;
    return true;
  }

  /** Tell of *due* at once; where billing refuses them, of each by itself. Return whether it was reached. */
  private async tell(due: readonly Due[]): Promise<boolean> {
    const { is, balanceNano } = await deliver(this.billing, due.map(({ record }) => record));
    if (is === "refused" && due.length > 1) {
      for (const each of due) if (!(await this.tell([each]))) return false;
      return true;
    }
    for (const each of due) this.note(each, is);
    if (is === "recorded") this.told(balanceNano, chargesOf(due));
    return is !== "unreachable";
  }

  /** A record that billing refuses is kept as well: it is money, and somebody has to look. */
  private note({ requestId, record }: Due, outcome: "recorded" | "refused" | "unreachable"): void {
    if (outcome === "unreachable") return;
    this.storage.sql.exec(SQL.delivered, requestId);
    if (outcome === "recorded") {
      this.storage.sql.exec(SQL.accepted, requestId);
      return;
    }
    log("error", "record_refused", { request_id: requestId });
    this.storage.sql.exec(SQL.refuse, requestId, JSON.stringify(record), CLOCK.now() + REFUSED_MS);
  }

  private records(after = ""): Due[] {
    return this.due(SQL.records, after, MOST_RECORDS);
  }

  private refused(): Due[] {
    return this.due(SQL.refused, CLOCK.now(), MOST_RECORDS);
  }

  private due(sql: string, ...values: (string | number)[]): Due[] {
    return this.rows(sql, ...values).map(({ request_id, record }) => ({
      requestId: request_id as string,
      record: JSON.parse(record as string) as RecordRequest,
    }));
  }

  private rows(sql: string, ...values: (string | number)[]): Record<string, SqlStorageValue>[] {
    return this.storage.sql.exec(sql, ...values).toArray();
  }
}

function chargesOf(due: readonly Due[]): bigint {
  return due.reduce((sum, { record }) => sum + chargeOf(BigInt(record.cost_nano), record.multiplier_tier), 0n);
}
