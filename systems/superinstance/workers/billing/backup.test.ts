import { beforeEach, describe, expect, it } from "vitest";

import { PART_BYTES } from "#lib/backup/object_copy";
import { ACCOUNT, entry, Harness } from "./harness";

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

  it("of any size is copied part by part, and comes back as it was", async () => {
    await filled();
    const kept = harness.ledgers.states.get(OTHER);
    const numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)";
    kept?.rows(`INSERT INTO requests ${numbers} SELECT printf('%01000d', i), i FROM n`);
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
    expect(ACCOUNT).not.toBe(OTHER);
  });
});
