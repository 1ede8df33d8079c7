import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ACCOUNT, Harness } from "../harness";

const WEBHOOK = "https://hooks.example/canary-of-the-webhook";
const DOLLAR = 1_000_000_000;

let harness: Harness;
let told: { url: string; text: string }[];
let taken: number;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-30T12:00:00Z"), toFake: ["Date"] });
  harness = new Harness();
  harness.variables.SPENDING_BUDGET_NANO = String(10 * DOLLAR);
  harness.variables.SPENDING_WEBHOOK_URL = WEBHOOK;
  [told, taken] = [[], 200];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    told.push({ url, ...(await new Request(url, init).json<{ text: string }>()) });
    return new Response(null, { status: taken });
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** Bill a call that a provider is paid *dollars* for, and flush. */
async function spend(requestId: string, dollars: number, fields: object = {}, account = ACCOUNT): Promise<void> {
  const record = { request_id: requestId, cost_nano: String(dollars * DOLLAR), at: new Date().toISOString(), ...fields };
  const entry = { model: "m", provider: "anthropic", input_tokens: 1, output_tokens: 1, multiplier_tier: "cloud", ...record };
  expect((await harness.ask("POST", "/record", { account_id: account, ...entry })).status).toBe(200);
  await flush(account);
  await settled(account);
}

async function settled(account = ACCOUNT): Promise<void> {
  await harness.ledgers.states.get(account)?.settled();
}

function flush(account = ACCOUNT): Promise<Response> {
  return harness.ask("POST", "/flush", { account_id: account });
}

describe("what providers are paid in a month (SI-3)", () => {
  it("is told once, over all accounts, when it is more than the budget", async () => {
    await spend("q-1", 6);
    await spend("q-2", 4, { provider: "openai" }, "acct-2");
    expect(told).toEqual([]);
    await spend("q-3", 1, {}, "acct-2");
    await spend("q-4", 100);

    const text =
      "SuperInstance (development): providers of language models come to $11.000 in 2026-11 (UTC), above the budget of $10.000 " +
      "(chittyos:budgets.models); calls go on";
    expect(told).toEqual([{ url: WEBHOOK, text }]);
    expect(harness.lines()).toContain('"event":"providers_over_budget","month":"2026-11","spentNano":"11000000000"');
    expect(harness.lines()).not.toContain("canary-of-the-webhook");
  });

  it("is counted once with its batch, whatever became of that", async () => {
    harness.db.faults.push("unconfirmed");
    await spend("q-1", 6);
    await flush();
    await flush();

    expect(harness.db.rows("SELECT * FROM provider_spending")).toEqual([{ month: "2026-11", provider: "anthropic", cost_nano: 6 * DOLLAR }]);
    expect(told).toEqual([]);
  });

  it("is counted by the month of the answer, and told anew of another", async () => {
    await spend("q-1", 11);
    vi.setSystemTime(Date.parse("2026-12-01T00:01:00Z"));
    await spend("q-2", 6);
    await spend("q-3", 6);

    expect(told.map(({ text }) => /\$\S+ in \S+/.exec(text)?.[0])).toEqual(["$11.000 in 2026-11", "$12.000 in 2026-12"]);
  });

  it("that the last minutes of a month bring is told in the next", async () => {
    await spend("q-1", 6);
    vi.setSystemTime(Date.parse("2026-12-01T00:01:00Z"));
    await spend("q-2", 6, { at: "2026-11-30T23:59:59.000Z" });

    expect(told).toHaveLength(1);
  });

  it("is told again after ten minutes where nobody took it, and holds up no flush", async () => {
    taken = 500;
    await spend("q-1", 11);
    await spend("q-2", 1);
    expect([told.length, (await harness.balance()).pending_records]).toEqual([1, 0]);
    taken = 200;
    vi.setSystemTime(Date.now() + 600_000);
    await spend("q-3", 1);
    await spend("q-4", 1);

    expect(told.map(({ text }) => text.includes("$13.000"))).toEqual([false, true]);
    expect(harness.lines()).toContain('"event":"notice_not_delivered","status":500');
  });

  it("holds up no flush while the webhook does not answer", async () => {
    const asked = new Promise<void>((resolve) => {
      vi.stubGlobal("fetch", () => {
        resolve();
        return new Promise(() => undefined);
      });
    });
    await harness.record("q-1", { cost_nano: String(11 * DOLLAR) });
    expect(await (await flush()).json()).toMatchObject({ flushed_records: 1 });
    await asked;
    await harness.record("q-2");
    expect(await (await flush()).json()).toMatchObject({ flushed_records: 1 });
  });

  it.each([
    ["of a million dollars", "1000000000000000", ""],
    ["that is no number", "1e15", '"event":"spending_not_told"'],
    ["below zero", "-1", '"event":"spending_not_told"'],
  ])("lets records go where there is a budget %s", async (_, budget, said) => {
    harness.variables.SPENDING_BUDGET_NANO = budget;
    await spend("q-1", 11);

    expect([told.length, (await harness.balance()).pending_records]).toEqual([0, 0]);
    expect(harness.lines()).toContain(said);
    if (said === "") expect(harness.lines()).not.toContain('"level":"error"');
  });

  it("is in the log alone where there is no webhook, and in neither without a budget", async () => {
    harness.variables.SPENDING_WEBHOOK_URL = "";
    await spend("q-1", 11);
    expect([told.length, harness.lines().match(/providers_over_budget/g)?.length]).toEqual([0, 1]);

    harness.variables.SPENDING_BUDGET_NANO = "";
    await spend("q-2", 11, { at: "2026-11-29T00:00:00.000Z" }, "acct-2");
    expect(harness.lines().match(/providers_over_budget/g)).toHaveLength(1);
  });
});
