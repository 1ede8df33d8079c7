import { CLOCK } from "#lib/clock";
import { log } from "#lib/log";
import type { RecordRequest } from "../../billing/api";
import { deliver, type Outcome } from "./delivery";
import { SQL } from "./tables";

/** How long a record waits for others that go with it. */
export const SOON_MS = 1_000;
const LATE_MS = 300_000;
const REFUSED_MS = 3_600_000;
const MOST_RECORDS = 500;

interface Due {
  requestId: string;
  record: RecordRequest;
  tries: number;
}

/** What billing has to be told: each record stays until billing has taken it. */
export class Outbox {
  constructor(
    private readonly sql: SqlStorage,
    private readonly billing: Fetcher,
  ) {}

  add(record: RecordRequest): void {
    this.sql.exec(SQL.addRecord, record.request_id, JSON.stringify(record), CLOCK.now() + SOON_MS);
  }

  /** Tell billing of all that is due. */
  async deliver(): Promise<void> {
    for (let due = this.due(); due.length > 0; due = this.due()) {
      // Where some cannot be told, neither can the others: the alarm goes on.
      if (!(await this.tell(due))) return;
    }
  }

  /** Tell of *due* at once; where billing refuses them, of each by itself. Return whether it was reached. */
  private async tell(due: readonly Due[]): Promise<boolean> {
    const outcome = await deliver(this.billing, due.map(({ record }) => record));
    if (outcome === "refused" && due.length > 1) {
      for (const each of due) if (!(await this.tell([each]))) return false;
      return true;
    }
    for (const each of due) this.note(each, outcome);
    return outcome !== "unreachable";
  }

  /** A record that billing refuses is kept as well: it is money, and somebody has to look. */
  private note({ requestId, tries }: Due, outcome: Outcome): void {
    if (outcome === "recorded") {
      this.sql.exec(SQL.delivered, requestId);
      return;
    }
    const isRefused = outcome === "refused";
    if (isRefused) log("error", "record_refused", { request_id: requestId });
    const wait = isRefused ? REFUSED_MS : Math.min(LATE_MS, SOON_MS * 2 ** tries);
    this.sql.exec(SQL.putOff, CLOCK.now() + wait, isRefused ? 1 : 0, requestId);
  }

  private due(): Due[] {
    const rows = this.sql.exec<{ request_id: string; record: string; tries: number }>(SQL.due, CLOCK.now(), MOST_RECORDS);
    return rows.toArray().map(({ request_id, record, tries }) => ({
      requestId: request_id,
      record: JSON.parse(record) as RecordRequest,
      tries,
    }));
  }
}
