import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { Balance, Flushed, Imported, Recorded, Usage } from "../api";
import { ACCOUNT, entry, Harness } from "../harness";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const CHARGE = 11_000_000n;

let harness: Harness;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  harness = new Harness();
});

afterEach(() => {
  vi.useRealTimers();
});

function flush(): Promise<Response> {
  return harness.ask("POST", "/flush", { account_id: ACCOUNT });
}

async function ring(after: number): Promise<void> {
  vi.setSystemTime(Date.now() + after);
  await harness.ledgers.ring(Date.now());
}

describe("a record", () => {
  it("is charged, and taken off the balance", async () => {
    expect(await (await harness.record("r-1")).json<Recorded>()).toEqual({
      recorded: true,
      charged_nano: String(CHARGE),
      balance_nano: `-${String(CHARGE)}`,
    });
  });

  it("is billed once under its request_id, also by a ledger that started anew, and after it went to D1", async () => {
    await harness.record("r-1");
    harness.ledgers.evict();
    await harness.record("r-1", { cost_nano: "77000000" });
    await flush();
    const last = await (await harness.record("r-1")).json<Recorded>();

    expect(last).toEqual({ recorded: false, charged_nano: String(CHARGE), balance_nano: `-${String(CHARGE)}` });
    expect(harness.db.rows("SELECT request_id FROM usage")).toEqual([{ request_id: "r-1" }]);
  });

  it.each([
    ["no account", { account_id: undefined }, "account_id must be"],
    ["a cost that is a number", { cost_nano: 10 }, "cost_nano must be a whole number of 10^-9 dollars as text"],
    ["a cost below zero", { cost_nano: "-1" }, "cost_nano must be"],
    ["a fraction of a cost", { cost_nano: "1.5" }, "cost_nano must be"],
    ["a cost of 16 digits", { cost_nano: "1".repeat(16) }, "15 digits at most"],
    ["a tier that is none", { multiplier_tier: "free" }, "multiplier_tier must be one of local, cloud, knowledge"],
    ["half a token", { input_tokens: 0.5 }, "input_tokens must be a whole number"],
    ["a day that is none", { at: "2026-02-30T00:00:00Z" }, "at must be a time in UTC"],
    ["a time to come", { at: "2026-11-29T12:06:00Z" }, "not ahead of now"],
    ["more than it takes", { query: "secret" }, "the body must be an object of"],
  ])("with %s is refused, and nothing is kept", async (_, fields, said) => {
    const response = await harness.ask("POST", "/record", { account_id: ACCOUNT, ...entry("r-1"), ...fields });

    expect(response.status).toBe(400);
    expect(await response.text()).toContain(said);
    expect(harness.own("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  it("is not answered while the ledger is not to be reached", async () => {
    harness.ledgers.outage = true;

    const response = await harness.record("r-1");

    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
  });
});

describe("an account without an entry", () => {
  it("stores nothing, however often it is asked for", async () => {
    expect(await harness.balance()).toMatchObject({ balance_nano: "0", pending_records: 0 });
    expect((await (await flush()).json<Flushed>()).flushed_records).toBe(0);
    await harness.ask("GET", `/usage?account_id=${ACCOUNT}&from=2026-11-01&to=2026-12-01`);

    expect(harness.own("SELECT name FROM sqlite_schema")).toEqual([]);
    expect(harness.alarm).toBeUndefined();
  });
});

describe("an import", () => {
  it("of what was counted elsewhere leaves the ids to calls", async () => {
    const elsewhere = { account_id: ACCOUNT, records: [entry("r-1")], elsewhere: true };
    const first = await (await harness.ask("POST", "/import", elsewhere)).json<Imported>();
    const again = await (await harness.ask("POST", "/import", elsewhere)).json<Imported>();
    const called = await (await harness.ask("POST", "/import", { account_id: ACCOUNT, records: [entry("r-1")] })).json<Imported>();

    expect([first.recorded, again.recorded, called.recorded]).toEqual([1, 0, 1]);
    expect([again.known_before, again.charged_nano]).toEqual([1, "0"]);
    expect((await harness.balance()).balance_nano).toBe(String(-2n * CHARGE));
  });

  it("enters all of its records or none", async () => {
    const known = [entry("r-1"), entry("r-2"), entry("r-2")];
    const answer = await (await harness.ask("POST", "/import", { account_id: ACCOUNT, records: known })).json<Imported>();
    const bad = [entry("r-3"), entry("r-4", { cost_nano: "x" })];
    const refused = await harness.ask("POST", "/import", { account_id: ACCOUNT, records: bad });

    expect(answer).toMatchObject({ recorded: 2, known_before: 1, charged_nano: String(2n * CHARGE) });
    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining("records[1].cost_nano")]);
    expect((await harness.balance()).balance_nano).toBe(String(-2n * CHARGE));
  });
});

describe("usage", () => {
  async function usage(query: string): Promise<Usage> {
    return (await harness.ask("GET", `/usage?account_id=${ACCOUNT}&${query}`)).json<Usage>();
  }

  it("is told by period, by model, with tokens in and out", async () => {
    await harness.record("r-1", { at: "2026-10-31T23:59:59.999Z" });
    await harness.record("r-2", { at: "2026-11-01T00:00:00Z" });
    await harness.record("r-3", { model: "gpt-4-turbo", provider: "openai", input_tokens: 7, output_tokens: 1 });
    await flush();

    const told = await usage("from=2026-11-01&to=2026-12-01");

    expect(told.total).toMatchObject({ requests: 2, input_tokens: 1007, output_tokens: 501, charged_nano: String(2n * CHARGE) });
    expect(told.by_day.map(({ day, requests }) => [day, requests])).toEqual([
      ["2026-11-01", 1],
      ["2026-11-29", 1],
    ]);
    expect(told.by_model.map(({ provider, model, input_tokens }) => [provider, model, input_tokens])).toEqual([
      ["anthropic", "claude-3-5-sonnet", 1000],
      ["openai", "gpt-4-turbo", 7],
    ]);
  });

  it("adds up exactly above what a float can hold", async () => {
    const dear = { cost_nano: "999999999999999", multiplier_tier: "knowledge" } as const;
    for (let number = 0; number < 20; number++) await harness.record(`r-${number}`, dear);

    const { total } = await usage("from=2026-11-29&to=2026-11-30");

    expect(total.cost_nano).toBe("19999999999999980");
    expect(total.charged_nano).toBe("26000000000000000");
    expect((await harness.balance()).balance_nano).toBe("-26000000000000000");
  });

  it.each(["from=2026-11-02&to=2026-11-02", "from=2025-01-01&to=2026-01-03", "from=2026-11-31&to=2026-12-01", "from=2026-11-01"])(
    "of %s is refused",
    async (query) => {
      expect((await harness.ask("GET", `/usage?account_id=${ACCOUNT}&${query}`)).status).toBe(400);
    },
  );
});

describe("what is pending", () => {
  it("waits five minutes at most, and rings once for all of it", async () => {
    await harness.record("r-1");
    vi.setSystemTime(NOW + 200_000);
    await harness.record("r-2");
    expect(harness.alarm).toBe(NOW + 300_000);

    await ring(100_000);

    expect(harness.db.rows("SELECT flushed FROM ledgers")).toEqual([{ flushed: 2 }]);
    expect(harness.alarm).toBeUndefined();
  });

  it("goes to D1 at once from $5.00 on", async () => {
    await harness.record("r-1", { cost_nano: "4999000000", multiplier_tier: "local" });
    expect(harness.alarm).toBe(NOW + 300_000);
    await harness.record("r-2", { cost_nano: "1", multiplier_tier: "local" });
    expect(harness.alarm).toBe(NOW);

    await ring(0);

    expect(await harness.balance()).toMatchObject({ pending_nano: "0", balance_nano: "-5000000000" });
  });

  it("is tried again and again, more and more seldom, while D1 refuses, and taken on with meanwhile (W9)", async () => {
    harness.db.faults.push(...Array<"refused">(20).fill("refused"));
    await harness.record("r-0");
    const waits = [];
    for (let number = 1; number <= 20; number++) {
      const before = Date.now();
      await ring((harness.alarm ?? 0) - before);
      waits.push((harness.alarm ?? 0) - Date.now());
      expect((await harness.record(`r-${number}`)).status).toBe(200);
    }

    expect(waits.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000]);
    expect(waits.at(-1)).toBe(300_000);
    await ring(300_000);
    expect(harness.db.rows("SELECT COUNT(*) AS count FROM usage")).toEqual([{ count: 21 }]);
  });

  it("is armed anew by whoever comes when its alarm is gone (W9)", async () => {
    await harness.record("r-1");
    const state = harness.ledgers.states.get(ACCOUNT);
    if (state !== undefined) state.alarm = undefined;
    harness.ledgers.evict();
    vi.setSystemTime(NOW + 900_000);

    await harness.balance();

    expect(harness.alarm).toBe(NOW + 900_000 + 300_000);
  });

  it("is said to be kept when a flush is not confirmed", async () => {
    harness.db.faults.push("refused");
    await harness.record("r-1");

    const response = await flush();

    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("database_unavailable")]);
    expect(await harness.balance()).toMatchObject({ pending_records: 1 } satisfies Partial<Balance>);
    expect((await (await flush()).json<Flushed>()).flushed_records).toBe(1);
  });

  it("goes in batches of 10,000, each one transaction", async () => {
    for (let part = 0; part < 11; part++) {
      const records = Array.from({ length: 1000 }, (_, number) => entry(`r-${part}-${number}`));
      await harness.ask("POST", "/import", { account_id: ACCOUNT, records });
    }

    expect((await (await flush()).json<Flushed>()).flushed_records).toBe(11_000);
    expect(harness.db.rows("SELECT records FROM batches ORDER BY last_sequence")).toEqual([{ records: 10_000 }, { records: 1_000 }]);
    expect(harness.db.rows("SELECT COUNT(*) AS count, COUNT(DISTINCT request_id) AS ids FROM usage")).toEqual([
      { count: 11_000, ids: 11_000 },
    ]);
  }, 60_000);

  it.each([
    ["D1 is ahead of a ledger that was restored to before", 100],
    ["D1 is ahead by less than what is pending", 2],
    ["D1 was restored to before", 0],
  ])("stays where it is when %s", async (_, mark) => {
    await harness.record("r-1");
    await flush();
    harness.db.rows("UPDATE ledgers SET flushed = ?1", mark);
    for (const id of ["r-2", "r-3", "r-4"]) await harness.record(id);

    expect((await flush()).status).toBe(503);
    expect(await harness.balance()).toMatchObject({ pending_records: 3 });
    expect(harness.db.rows("SELECT COUNT(*) AS count FROM usage")).toEqual([{ count: 1 }]);
    expect(harness.db.rows("SELECT records FROM batches")).toEqual([{ records: 1 }]);
  });
});
