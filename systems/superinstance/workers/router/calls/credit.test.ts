import { beforeEach, describe, expect, it } from "vitest";

import { chargeOf } from "../../billing/money";
import { code, harness, message, useHarness } from "../harness";
import type { Imported } from "./delivery";

useHarness();

const DOLLAR = 1_000_000_000n;
/** What an answer of the harness is charged: $0.0105 times 1.03, rounded up. */
const CHARGE = 11_000_000n;

/** What billing says is left, and how often it was asked only for that. */
let [left, asked] = [0n, 0];
let isOut = false;

beforeEach(() => {
  [left, asked, isOut] = [DOLLAR, 0, false];
  harness.env.REQUIRE_BALANCE = "true";
  harness.billing = (body) => {
    if (isOut) return new Response("", { status: 503 });
    if (body === "") asked += 1;
    else for (const { cost_nano } of (JSON.parse(body) as Imported).records) left -= chargeOf(BigInt(cost_nano), "cloud");
    return Response.json({ balance_nano: String(left) });
  };
});

describe("an account that has to have something left", () => {
  it("is asked for once, and then known by what billing answers to records", async () => {
    for (let each = 0; each < 5; each++) {
      expect((await harness.escalate(`q-${each}`)).status).toBe(200);
      await harness.later(2_000);
    }

    expect([asked, left]).toEqual([1, DOLLAR - 5n * CHARGE]);
  });

  it("is refused with 402 once nothing is left, whatever billing has not been told yet, and no provider is asked", async () => {
    left = 2n * CHARGE;
    const answers = [await harness.escalate("q-1", { max_tokens: 1 }), await harness.escalate("q-2", { max_tokens: 1 })];
    const refused = await harness.escalate("q-3", { max_tokens: 1 });

    expect([...answers, refused].map(({ status }) => status)).toEqual([200, 200, 402]);
    expect(await refused.json()).toEqual({ error: { code: "balance_exhausted", message: "the account has $0.000 left; top it up" } });
    expect(harness.asked).toHaveLength(2);
    expect((await harness.ask("GET", "/v1/status")).status).toBe(200);
  });

  it("gets an answer again that it had, and asks again as soon as it was topped up", async () => {
    left = CHARGE;
    const first = await (await harness.escalate("q-1")).json();
    await harness.later(1_000);

    expect(await code(await harness.escalate("q-2"))).toBe("balance_exhausted");
    expect(await (await harness.escalate("q-1")).json()).toEqual(first);
    left += DOLLAR;
    await harness.later(1_000);
    expect((await harness.escalate("q-2")).status).toBe(200);
  });

  it("has what billing refuses held against it, by a journal that wakes anew as well", async () => {
    left = 2n * CHARGE;
    const told = harness.billing;
    harness.billing = (body) => (body === "" ? told(body) : new Response("", { status: 400 }));
    const made = [await harness.escalate("q-1", { max_tokens: 1 }), await harness.escalate("q-2", { max_tokens: 1 })];
    await harness.later(1_000);
    harness.calls.evict();

    expect(made.map(({ status }) => status)).toEqual([200, 200]);
    expect((await harness.escalate("q-3", { max_tokens: 1 })).status).toBe(402);
  });

  it("asks billing at most once a second while nothing is left", async () => {
    left = 0n;
    for (let each = 0; each < 10; each++) await harness.escalate(`q-${each}`);
    expect(asked).toBe(1);
  });

  it("goes below zero by what one call may come to at most, however many come at once", async () => {
    left = 30n * CHARGE;
    // All of them are let in, or not, before the first is answered.
    const usage = { input_tokens: 100, output_tokens: 500 };
    harness.provider = () => new Promise((resolve) => setTimeout(resolve, 100, message({ usage })));
    const asking = { max_tokens: 500, model_preference: "claude" };
    const all = await Promise.all(Array.from({ length: 50 }, (_, each) => harness.escalate(`q-${each}`, asking)));
    const made = all.filter(({ status }) => status === 200).length;
    await harness.later(1_000);

    // Each may come to $0.009, and does: 500 tokens at $15 a million, and some 100 more. 37 of them are more than $0.330.
    expect([made, left]).toEqual([37, -3_000_000n]);
    const refused = all.find(({ status }) => status === 402);
    expect(await refused?.text()).toMatch(/calls that are being answered may come to \$0\.\d{3}; wait for them, or top it up/);
  });

  it("has what a session may recall counted, too", async () => {
    left = 30n * CHARGE;
    harness.provider = () => new Promise((resolve) => setTimeout(resolve, 100, message()));
    const asking = { max_tokens: 500, model_preference: "claude", session_id: "s-1" };
    const all = await Promise.all([harness.escalate("q-1", asking), harness.escalate("q-2", asking)]);

    // 220,000 bytes at the dearest rate are more than there is: the first is covered by nothing but itself.
    expect(all.map(({ status }) => status)).toEqual([200, 402]);
  });

  it("goes on while billing is out, as far as what it had", async () => {
    left = 2n * CHARGE;
    await harness.escalate("q-1", { max_tokens: 1 });
    isOut = true;
    await harness.later(1_000);

    expect((await harness.escalate("q-2", { max_tokens: 1 })).status).toBe(200);
    expect(await code(await harness.escalate("q-3", { max_tokens: 1 }))).toBe("balance_exhausted");
  });

  it("is not let in where nobody can say what it has", async () => {
    isOut = true;

    const refused = await harness.escalate("q-1");
    expect([refused.status, await code(refused)]).toEqual([503, "balance_unavailable"]);
    expect(harness.asked).toHaveLength(0);
  });

  it("has what it owed when its journal left memory counted", async () => {
    left = 2n * CHARGE;
    await harness.escalate("q-1", { max_tokens: 1 });
    await harness.escalate("q-2", { max_tokens: 1 });
    harness.calls.evict();

    expect(await code(await harness.escalate("q-3", { max_tokens: 1 }))).toBe("balance_exhausted");
  });

  it("has a failed call held against it no more", async () => {
    left = CHARGE;
    harness.provider = () => new Response("{}", { status: 400 });
    expect(await code(await harness.escalate("q-1"))).toBe("provider_rejected");
    harness.provider = () => message();

    expect((await harness.escalate("q-1")).status).toBe(200);
  });

  it.each([
    ["/v1/messages", { model: "claude", max_tokens: 1_000, messages: [] }],
    ["/v1/chat/completions", { model: "gpt", max_completion_tokens: 100, n: 3, messages: [] }],
    ["/v1/chat/completions", { model: "gpt", messages: [] }],
  ])("is looked at as well at %s (%j)", async (path, body) => {
    left = 0n;
    expect(await code(await harness.ask("POST", path, body))).toBe("balance_exhausted");
  });
});

it("may owe where nothing has to be left, and billing is not asked", async () => {
  harness.env.REQUIRE_BALANCE = "false";
  left = -DOLLAR;

  expect([(await harness.escalate("q-1")).status, asked]).toEqual([200, 0]);
});
