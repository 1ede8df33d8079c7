import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Recorded } from "../api";
import { ACCOUNT, entry, Harness } from "../harness";

const KEY = "canary-of-backups";
const NOW = Date.parse("2026-11-29T12:00:00Z");
const CHARGE = 11_000_000;
const DOLLAR = 1_000_000_000;

let harness: Harness;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  harness = new Harness();
  harness.backupKey = KEY;
});

afterEach(() => {
  vi.useRealTimers();
});

async function door(asked: object): Promise<{ copy?: unknown }> {
  const init = { headers: { Authorization: `Bearer ${KEY}` }, body: JSON.stringify({ class: "BillingLedger", ...asked }) };
  const response = await harness.askOutside("POST", "/admin/objects", init);
  expect(response.status).toBe(200);
  return response.json();
}

async function copied(account = ACCOUNT): Promise<unknown> {
  const state = harness.ledgers.states.get(account);
  if (state !== undefined) state.mayScan = true;
  // What is called as its id is asked for by it: the account is none.
  const part = await harness.ledgers.object(account).copyOut(null);
  return "copy" in part ? part.copy : null;
}

const bringBack = (copy: unknown): Promise<object> => door({ action: "import", copy: JSON.parse(JSON.stringify(copy)) as object, replace: true });
const record = (id: string, account = ACCOUNT): Promise<Response> => harness.ask("POST", "/record", { account_id: account, ...entry(id) });
const flush = (account = ACCOUNT): Promise<Response> => harness.ask("POST", "/flush", { account_id: account });
const pay = (paymentId: string): Promise<unknown> =>
  harness.ledgers.object(ACCOUNT).credit(ACCOUNT, { paymentId, receivedNano: String(DOLLAR), refundedNano: "0" });
const inD1 = (): unknown[] => harness.db.rows("SELECT request_id FROM usage ORDER BY request_id").map((row) => row["request_id"]);

/** Set D1 back to the rows that it had at *copy*. */
const tables = ["usage", "ledgers", "batches", "payments"];
const copyOfD1 = (): Record<string, unknown>[][] => tables.map((table) => harness.db.rows(`SELECT * FROM ${table}`));

function setD1Back(copy: Record<string, unknown>[][]): void {
  for (const [index, table] of tables.entries()) {
    harness.db.rows(`DELETE FROM ${table}`);
    for (const row of copy[index] ?? []) {
      const names = Object.keys(row);
      const values = Object.values(row).map((value) => (typeof value === "number" ? String(value) : value)) as string[];
      harness.db.rows(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`, ...values);
    }
  }
}

describe("a ledger that was brought back (FW-4, SI-6)", () => {
  it("has what was flushed between its copy and that of D1, each once, and moves on", async () => {
    await record("a");
    await flush();
    await record("b");
    const copy = await copied();
    await record("c");
    await pay("paid-between");
    await flush();
    const database = copyOfD1();
    await record("lost");
    await flush();

    setD1Back(database);
    await bringBack(copy);
    await record("d");
    await pay("paid-after");
    expect((await flush()).status).toBe(200);

    expect(inD1()).toEqual(["a", "b", "c", "d"]);
    expect(await harness.balance()).toMatchObject({ balance_nano: String(2 * DOLLAR - 4 * CHARGE), pending_records: 0, pending_nano: "0" });
    expect(await (await record("c")).json<Recorded>()).toMatchObject({ recorded: false, charged_nano: String(CHARGE) });
    expect(harness.db.rows("SELECT payment_id FROM payments ORDER BY payment_id")).toEqual([{ payment_id: "paid-after" }, { payment_id: "paid-between" }]);
    const usage = await harness.ask("GET", `/usage?account_id=${ACCOUNT}&from=2026-11-29&to=2026-11-30`);
    expect(await usage.json()).toMatchObject({ total: { requests: 4, charged_nano: String(4 * CHARGE) } });
    expect(harness.lines()).not.toContain("flush_failed");
  });

  it("takes back what D1 knows was taken back of a payment", async () => {
    await pay("refunded");
    await flush();
    const copy = await copied();
    harness.db.rows("INSERT INTO reversals VALUES ('refunded', 're_1', 'refund', 400000000, 0)");

    await bringBack(copy);
    await flush();

    expect((await harness.balance()).balance_nano).toBe(String(0.6 * DOLLAR));
  });

  it("charges once what its caller sent again before D1 was asked", async () => {
    await record("a");
    const copy = await copied();
    await record("b");
    await flush();

    await bringBack(copy);
    await record("b");
    await flush();
    await bringBack(copy);
    await flush();

    expect(inD1()).toEqual(["a", "b"]);
    expect(await harness.balance()).toMatchObject({ balance_nano: String(-2 * CHARGE), pending_records: 0 });
  });

  it("goes on where D1 is the older of the two, and says what no copy has", async () => {
    await record("a");
    await flush();
    const database = copyOfD1();
    await record("b");
    await flush();
    await record("c");
    const copy = await copied();

    setD1Back(database);
    await bringBack(copy);
    expect((await flush()).status).toBe(200);

    expect(inD1()).toEqual(["a", "c"]);
    expect((await harness.balance()).balance_nano).toBe(String(-3 * CHARGE));
    expect(harness.lines()).toContain('"event":"records_in_no_copy"');
    expect(harness.lines()).toContain('"from":2,"to":2');
  });

  it("catches up by itself, also where nothing was pending and D1 is out for a while", async () => {
    await record("a");
    await flush();
    const copy = await copied();
    await record("b");
    await flush();

    await bringBack(copy);
    harness.db.outage = "D1 DB is overloaded";
    vi.setSystemTime(harness.alarm ?? 0);
    await harness.ledgers.ring(Date.now());
    harness.db.outage = undefined;
    vi.setSystemTime(harness.alarm ?? 0);
    await harness.ledgers.ring(Date.now());

    expect((await harness.balance()).balance_nano).toBe(String(-2 * CHARGE));
  });

  it("is begun from D1 where its account is younger than the copies of ledgers", async () => {
    await record("a", "younger");
    await flush("younger");
    harness.ledgers.evict();
    harness.ledgers.states.delete("younger");

    await record("a", "younger");
    await record("b", "younger");
    await flush("younger");

    expect(inD1()).toEqual(["a", "b"]);
    expect(await (await harness.ask("GET", "/balance?account_id=younger")).json()).toMatchObject({ balance_nano: String(-2 * CHARGE) });
  });
});
