import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { hex } from "#lib/hash";
import { ACCOUNT, Harness, SECRET } from "../harness";

const NOW = Date.parse("2026-11-29T12:00:00Z");
const NANO_A_CENT = 10_000_000n;
const RUNS = 60;
const PAYMENT = "pi_1";
const OF_ACCOUNT = { metadata: { account_id: ACCOUNT } };

let harness: Harness;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  harness = new Harness();
});

afterEach(() => {
  vi.useRealTimers();
});

interface Event {
  type: string;
  data: { object: object };
}

function event(type: string, object: object): Event {
  return { type, data: { object: { currency: "usd", ...object } } };
}

const PAID = event("payment_intent.succeeded", { id: PAYMENT, amount_received: 1000, ...OF_ACCOUNT });

function charged(cents: number): Event {
  return event("charge.refunded", { payment_intent: PAYMENT, amount_refunded: cents, ...OF_ACCOUNT });
}

function refund(type: string, id: string, amount: number, status: string): Event {
  return event(type, { id, payment_intent: PAYMENT, amount, status });
}

function dispute(type: string, amount: number): Event {
  return event(`charge.dispute.funds_${type}`, { id: "du_1", payment_intent: PAYMENT, amount, status: "lost" });
}

async function send(told: Event): Promise<Response> {
  const body = JSON.stringify({ livemode: false, ...told });
  const seconds = String(Math.floor(Date.now() / 1000));
  const signature = await sign(`${seconds}.${body}`);
  return harness.askOutside("POST", "/topup", { body, headers: { "Stripe-Signature": `t=${seconds},v1=${signature}` } });
}

async function sign(text: string): Promise<string> {
  const encoder = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", encoder.encode(SECRET), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return hex(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
}

async function flush(): Promise<void> {
  expect((await harness.ask("POST", "/flush", { account_id: ACCOUNT })).status).toBe(200);
}

async function cents(): Promise<bigint> {
  return BigInt((await harness.balance()).balance_nano) / NANO_A_CENT;
}

/** *items* in an order by chance, the same for the same *seed*. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  return items
    .map((item, index) => ({ item, at: Math.imul(seed * 31 + index + 1, 0x9e3779b1) >>> 0 }))
    .sort((one, other) => one.at - other.at)
    .map(({ item }) => item);
}

const STORIES: [string, Event[], bigint][] = [
  ["a refund", [PAID, charged(400), refund("refund.created", "re_1", 400, "pending")], 600n],
  [
    "a refund that fails",
    [PAID, charged(400), refund("refund.created", "re_1", 400, "succeeded"), refund("refund.failed", "re_1", 400, "failed")],
    1000n,
  ],
  [
    "one of two that fails, told in both ways, and tried again",
    [
      PAID,
      charged(300),
      charged(700),
      refund("refund.created", "re_1", 300, "succeeded"),
      refund("charge.refund.updated", "re_2", 400, "failed"),
      refund("refund.failed", "re_2", 400, "failed"),
      // The charge says 700 again: Stripe has taken the one that failed out of its sum.
      charged(700),
      refund("refund.created", "re_3", 400, "pending"),
    ],
    300n,
  ],
  ["one that is canceled", [PAID, charged(250), refund("refund.updated", "re_1", 250, "canceled")], 1000n],
  ["a failed refund that only its charge and its failure told of", [PAID, charged(1000), refund("refund.failed", "re_1", 1000, "failed")], 1000n],
  ["a dispute", [PAID, dispute("withdrawn", 1000)], 0n],
  ["a dispute that was won", [PAID, dispute("withdrawn", 1000), dispute("reinstated", 1000)], 1000n],
  ["a refund and a dispute of the rest", [PAID, charged(400), refund("refund.created", "re_1", 400, "succeeded"), dispute("withdrawn", 600)], 0n],
];

describe("what is taken back of a payment (SI-6)", () => {
  it.each(STORIES)("comes to the same in any order, each event twice: %s", async (_, events, left) => {
    for (let seed = 1; seed <= RUNS / STORIES.length; seed++) {
      harness = new Harness();
      for (const [index, told] of shuffled([...events, ...events], seed).entries()) {
        expect((await send(told)).status).toBe(200);
        if ((seed + index) % 3 === 0) await flush();
        if ((seed + index) % 5 === 0) harness.ledgers.evict();
      }
      await flush();
      expect(await cents(), `seed ${seed}`).toBe(left);
      // And nothing is moved by asking once more.
      await send(PAID);
      await flush();
      expect(await cents(), `seed ${seed}`).toBe(left);
    }
  });

  it("waits for its payment where it comes first, and is no account's where none comes", async () => {
    const answer = await (await send(refund("refund.created", "re_1", 400, "succeeded"))).json();
    expect(answer).toEqual({ received: true, waiting: "for its payment" });

    await send(PAID);
    await flush();

    expect(await cents()).toBe(600n);
  });

  it("is asked for again when D1 does not keep it, or the ledger does not answer", async () => {
    await send(PAID);
    await flush();
    harness.db.faults.push("refused");
    expect((await send(refund("refund.created", "re_1", 400, "succeeded"))).status).toBe(503);
    harness.ledgers.outage = true;
    expect((await send(refund("refund.created", "re_1", 400, "succeeded"))).status).toBe(503);
    harness.ledgers.outage = false;
    expect((await send(refund("refund.created", "re_1", 400, "succeeded"))).status).toBe(200);

    expect(await cents()).toBe(600n);
  });

  it("is noted by a ledger that was made before it knew of any", async () => {
    await send(PAID);
    await flush();
    harness.own("DROP TABLE reversals");
    harness.ledgers.evict();

    await send(refund("refund.created", "re_1", 400, "succeeded"));

    expect(await cents()).toBe(600n);
  });

  it("of a payment in another currency, or of none, is nobody's", async () => {
    const other = event("refund.failed", { id: "re_1", payment_intent: PAYMENT, amount: 1, status: "failed", currency: "eur" });
    expect(await (await send(other)).json()).toEqual({ received: true, ignored: "of another currency" });
    const none = event("refund.failed", { id: "re_1", payment_intent: null, amount: 1, status: "failed" });
    expect(await (await send(none)).json()).toEqual({ received: true, ignored: "of no payment" });
  });
});
