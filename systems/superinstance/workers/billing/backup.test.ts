import { beforeEach, describe, expect, it, vi } from "vitest";

import { PART_BYTES } from "#lib/backup/object_copy";
import { entry, Harness } from "./harness";

const KEY = "canary-of-backups";
const OTHER = "b".repeat(64);
const LARGE = "9007199254740993";

let harness: Harness;

beforeEach(() => {
  harness = new Harness();
  harness.backupKey = KEY;
});

interface Answer {
  copy?: unknown;
  next?: unknown;
  error?: { code: string };
}

async function ask(body: unknown, key: string | null = KEY): Promise<{ status: number; answer: Answer }> {
  const headers = key === null ? {} : { Authorization: `Bearer ${key}` };
  const response = await harness.askOutside("POST", "/admin/objects", { headers, body: JSON.stringify(body) });
  return { status: response.status, answer: await response.json<Answer>() };
}

const about = (action: string, id = OTHER): object => ({ action, class: "BillingLedger", id });

/** Enter records for the account whose object is called as its id. */
async function filled(accountId = OTHER): Promise<void> {
  await harness.ask("POST", "/record", { account_id: accountId, ...entry("first") });
  await harness.ask("POST", "/record", { account_id: accountId, ...entry("second's;--") });
  const kept = harness.ledgers.states.get(accountId);
  if (kept === undefined) throw new Error("nothing was entered");
  kept.mayScan = true;
  kept.rows(`UPDATE account SET balance_nano = ${LARGE} WHERE only_row = 1`);
}

const rows = (name: string): unknown => 
  [...["requests", "pending", "usage_days"].map((table) => `SELECT * FROM ${table}`), "SELECT *, CAST(balance_nano AS TEXT) AS exact FROM account"].map((sql) =>
    harness.ledgers.states.get(name)?.rows(sql),
  );

/** All parts of the copy of one object, each asked for where the one before it ends. */
async function exported(): Promise<unknown[]> {
  const parts = [];
  let asked: object | undefined = about("export");
  while (asked !== undefined) {
    const answer: Answer = (await ask(asked)).answer;
    parts.push(answer.copy);
    asked = answer.next === undefined ? undefined : { ...about("export"), from: answer.next };
  }
  return parts;
}

/** Have its ledger be of several parts. */
async function large(): Promise<void> {
  await filled();
  const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)";
  harness.ledgers.states.get(OTHER)?.rows(`INSERT INTO requests ${numbers} SELECT printf('%01000d', i), i FROM n`);
}

const bringIn = (copy: unknown): ReturnType<typeof ask> => ask({ action: "import", class: "BillingLedger", copy, replace: true });

describe("the door of backups", () => {
  it("is not there without a key", async () => {
    harness.backupKey = "";
    expect((await ask(about("export"), null)).status).toBe(404);
    expect((await ask(about("export"), "")).status).toBe(404);
  });

  it("opens to nobody but the owner of the key", async () => {
    await filled();
    for (const key of [null, "", "canary", `${KEY}x`]) expect((await ask(about("export"), key)).status).toBe(401);
  });

  it("knows no class but those that are declared, and no other body", async () => {
    expect((await ask({ ...about("export"), class: "constructor" })).status).toBe(404);
    expect((await ask({ ...about("export"), id: "x" })).status).toBe(400);
    expect((await ask({ action: "drop", class: "BillingLedger", id: OTHER })).status).toBe(400);
  });

  it("knows no id but those of the class", async () => {
    vi.spyOn(harness.ledgers, "idFromString").mockImplementation(() => {
      throw new TypeError("Durable Object ID is not valid for this namespace");
    });
    for (const action of ["export", "clear"]) expect((await ask(about(action))).status).toBe(400);
  });

  it("logs who did what to which object, and never the key", async () => {
    await filled();
    await ask(about("export"), "another");
    const { copy } = (await ask(about("export"))).answer;
    await ask({ action: "import", class: "BillingLedger", copy, replace: false });

    expect(harness.lines()).toContain('{"level":"warn","event":"objects_door","outcome":"unauthorized"}');
    expect(harness.lines()).toContain(`"event":"objects_door","action":"export","class":"BillingLedger","id":"${OTHER}","outcome":"done"`);
    expect(harness.lines()).toContain(`"action":"import","class":"BillingLedger","name":"${OTHER}","outcome":"object_not_empty"`);
    expect(harness.lines()).not.toContain(KEY);
  });
});

describe("a ledger", () => {
  it("comes back in another place as it was, to the last digit", async () => {
    await filled();
    const before = rows(OTHER);
    const { copy } = (await ask(about("export"))).answer;
    const text = JSON.stringify(copy);

    expect((await ask(about("clear"))).answer).toEqual({ cleared: true });
    expect((await ask(about("export"))).answer).toEqual({ copy: null });

    const brought = await ask({ action: "import", class: "BillingLedger", copy: JSON.parse(text) as object, replace: false });
    expect(brought.answer).toEqual({ copied: true });
    expect(rows(OTHER)).toEqual(before);
    expect(harness.ledgers.states.get(OTHER)?.alarm).toBeGreaterThan(Date.now() + 200_000);
    expect(text).toContain(`{"i":"${LARGE}"}`);
    expect((await ask(about("export"))).answer).toEqual({ copy: { ...(copy as object), alarm: expect.any(Number) as number } });
  });

  it("is not written over unless that is asked for", async () => {
    await filled();
    const { copy } = (await ask(about("export"))).answer;

    const refused = await ask({ action: "import", class: "BillingLedger", copy, replace: false });
    expect([refused.status, refused.answer.error?.code]).toEqual([409, "object_not_empty"]);
    expect((await ask({ action: "import", class: "BillingLedger", copy, replace: true })).status).toBe(200);
  });

  it("goes on after it came back: what was known is not charged again", async () => {
    await filled();
    const { copy } = (await ask(about("export"))).answer;
    await ask(about("clear"));
    await ask({ action: "import", class: "BillingLedger", copy, replace: false });

    const again = await harness.ask("POST", "/record", { account_id: OTHER, ...entry("second's;--") });
    expect(await again.json()).toMatchObject({ recorded: false });
  });

  it("stays as it was where its copy cannot be brought in", async () => {
    await filled();
    const before = rows(OTHER);
    const copy = { ...((await ask(about("export"))).answer.copy as object), others: ["CREATE INDEX broken ON nothing (a)"] };

    await expect(bringIn(copy)).resolves.toMatchObject({ status: 500 });
    expect(rows(OTHER)).toEqual(before);
  });

  it("says why it cannot be copied", async () => {
    await filled();
    harness.ledgers.states.get(OTHER)?.rows("CREATE TABLE odd (rowid INTEGER, _rowid_ INTEGER, oid INTEGER)");

    const refused = await ask(about("export"));
    expect([refused.status, refused.answer.error?.code]).toEqual([409, "object_not_copied"]);
  });

  it("takes no record, and is not copied, until the last part is in; parts come in their order", async () => {
    await large();
    const parts = await exported();
    const last = parts.at(-1);
    expect((await bringIn(last)).answer.error?.code).toBe("part_out_of_order");
    await bringIn(parts[0]);
    harness.ledgers.evict();

    expect((await harness.ask("POST", "/record", { account_id: OTHER, ...entry("meanwhile") })).status).toBe(503);
    expect((await ask(about("export"))).answer.error?.code).toBe("object_not_copied");
    await harness.ledgers.ring(Date.now() + 1_000_000);

    for (const part of parts.slice(1)) await bringIn(part);
    expect((await harness.ask("POST", "/record", { account_id: OTHER, ...entry("meanwhile") })).status).toBe(200);
  });

  it("is of one moment but for the ids that it knows, and what came after it is billed once", async () => {
    await large();
    const first = (await ask(about("export"))).answer;
    const record = { account_id: OTHER, ...entry("z-came-between") };
    await harness.ask("POST", "/record", record);
    const parts = [first.copy];
    for (let next = first.next; next !== undefined; ) {
      const part = (await ask({ ...about("export"), from: next })).answer;
      parts.push(part.copy);
      next = part.next;
    }
    await harness.ask("POST", "/flush", { account_id: OTHER });
    const asked = `/balance?account_id=${OTHER}`;
    const before = await (await harness.ask("GET", asked)).json();
    expect(JSON.stringify(parts)).toContain("z-came-between");

    for (const part of parts) await bringIn(part);
    await harness.ask("POST", "/flush", { account_id: OTHER });

    expect(await (await harness.ask("GET", asked)).json()).toEqual(before);
    expect(harness.db.rows("SELECT request_id FROM usage ORDER BY request_id").map((row) => row["request_id"])).toEqual(["first", "second's;--", "z-came-between"]);
  });

  it("of any size is copied part by part, and comes back as it was", async () => {
    await large();
    const before = rows(OTHER);
    const parts = await exported();

    expect(parts.length).toBeGreaterThan(2);
    expect(Math.max(...parts.map((part) => JSON.stringify(part).length))).toBeLessThan(2 * PART_BYTES);
    for (const copy of parts) expect((await ask({ action: "import", class: "BillingLedger", copy, replace: true })).answer).toEqual({ copied: true });
    expect(rows(OTHER)).toEqual(before);
    const timeless = (each: unknown): unknown => ({ ...(each as object), alarm: null });
    expect((await exported()).map(timeless)).toEqual(parts.map(timeless));
  });

  it("of nobody is nothing", async () => {
    expect((await ask(about("export", "0".repeat(64)))).answer).toEqual({ copy: null });
  });
});
