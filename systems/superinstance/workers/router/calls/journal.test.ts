import { describe, expect, it } from "vitest";

import { ACCOUNT, code, harness, message, useHarness } from "../harness";
import type { Admission, HeldCall, Settlement, Verdict } from "./model";

useHarness();

const MINUTE = 60_000;
const DAY = 86_400_000;
const RECORD = {
  account_id: ACCOUNT,
  request_id: "q-1",
  model: "m",
  provider: "anthropic",
  input_tokens: 1,
  output_tokens: 1,
  cost_nano: "1",
  multiplier_tier: "cloud" as const,
  at: "2026-11-29T12:00:00.000Z",
};

function admit(requestId: string, more: Partial<Admission> = {}): Promise<Verdict> {
  return harness.journal.admit({
    accountId: ACCOUNT,
    requestId,
    key: "laptop",
    limit: 100,
    fingerprint: "f",
    leaseMs: 1_000,
    mostNano: 0n,
    ...more,
  });
}

async function settle(requestId: string, answerMs = MINUTE): Promise<void> {
  const answer = { contentType: "text/plain", body: `answer to ${requestId}` };
  await harness.journal.settle({ fingerprint: "f", record: { ...RECORD, request_id: requestId }, answer, answerMs });
}

async function begun(requestId: string): Promise<HeldCall> {
  const verdict = await admit(requestId);
  if (verdict.is !== "admitted") throw new Error(verdict.is);
  return verdict.call;
}

describe("requests of a key", () => {
  it("are never more than its limit in any 60 seconds", async () => {
    const admitted: number[] = [];
    // Ten a second, for three minutes: whoever waits for a full minute would see 200 at its turn.
    for (let second = 0; second < 180; second++) {
      for (let each = 0; each < 10; each++) {
        const verdict = await admit(`q-${second}-${each}`, { limit: 20 });
        if (verdict.is === "admitted") admitted.push(Date.now());
      }
      await harness.later(1_000);
    }

    const inWindow = admitted.map((at) => admitted.filter((other) => other >= at && other < at + MINUTE).length);
    expect(Math.max(...inWindow)).toBe(20);
    expect(admitted).toHaveLength(60);
  });

  it("are counted for each key by itself, and the wait is to the second", async () => {
    await admit("q-1", { limit: 2 });
    await harness.later(10_000);
    await admit("q-2", { limit: 2 });
    await harness.later(10_000);

    expect(await admit("q-3", { limit: 2 })).toEqual({ is: "limited", retryAfter: 40 });
    expect(await admit("q-3", { limit: 2, key: "phone" })).toMatchObject({ is: "admitted" });
    await harness.later(40_000);
    expect(await admit("q-4", { limit: 2 })).toMatchObject({ is: "admitted" });
  });

  it("are counted after the object has left memory, too", async () => {
    await admit("q-1", { limit: 2 });
    await settle("q-1");
    await (await begun("q-2")).release();
    harness.calls.evict();

    expect(await admit("q-3", { limit: 2 })).toMatchObject({ is: "limited" });
  });
});

describe("an id", () => {
  it("is one call's, until that is given up", async () => {
    const call = await begun("q-1");
    expect(await admit("q-1")).toEqual({ is: "running", retryAfter: 1 });
    expect(await admit("q-1", { fingerprint: "other" })).toEqual({ is: "other" });
    await call.release();

    expect(await admit("q-1", { fingerprint: "other" })).toMatchObject({ is: "admitted" });
  });

  it("is free again when its call has died, and that call cannot give it up any more", async () => {
    const call = await begun("q-1");
    await harness.later(1_001);
    await begun("q-1");
    await call.release();

    expect(await admit("q-1")).toMatchObject({ is: "running" });
  });

  it("is free as soon as whoever makes its call is gone", async () => {
    const call = await begun("q-1");
    call[Symbol.dispose]();

    expect(await admit("q-1")).toMatchObject({ is: "admitted" });
  });

  it("that nobody has chosen is not remembered: nobody can ask for it again", async () => {
    await harness.ask("POST", "/v1/messages", { model: "claude", max_tokens: 5, messages: [] });
    await harness.escalate("q-1");

    const ids = harness.calls.states.get(ACCOUNT)?.rows("SELECT request_id FROM calls").map((row) => row["request_id"]);
    expect(ids).toEqual(["q-1"]);
    await harness.later(1_000);
    expect(harness.recorded).toHaveLength(2);
  });

  it("has its answer while that is kept, and is known to be spent ever after: the ledger would not bill it again", async () => {
    await admit("q-1");
    await settle("q-1");
    const answered = { is: "answered", answer: { contentType: "text/plain", body: "answer to q-1" } };

    expect(await admit("q-1")).toEqual(answered);
    await harness.later(MINUTE);
    expect(await admit("q-1")).toEqual({ is: "spent" });
    await harness.later(4_000 * DAY);
    expect(await admit("q-1")).toEqual({ is: "spent" });
    expect(harness.calls.states.get(ACCOUNT)?.alarm).toBeUndefined();
  });

  it("is known as well after a router from before, which forgot ids in time, was deployed again", async () => {
    await admit("q-1");
    await settle("q-1");
    await harness.later(4_000 * DAY);
    const state = harness.calls.states.get(ACCOUNT);
    state?.rows(`DELETE FROM calls WHERE forget_at <= ${Date.now()}`);

    expect(await admit("q-1")).toEqual({ is: "spent" });
  });

  it("that is settled after its time was forgotten is known all the same", async () => {
    await admit("q-1");
    await harness.later(DAY);
    await settle("q-1");

    expect(await admit("q-1")).toMatchObject({ is: "answered" });
  });

  it("keeps no answer that is too long for a row", async () => {
    await admit("q-1");
    const answer = { contentType: "text/plain", body: "x".repeat(600_001) };
    await harness.journal.settle({ fingerprint: "f", record: RECORD, answer, answerMs: MINUTE });

    expect(await admit("q-1")).toEqual({ is: "spent" });
  });
});

describe("answers that are noted at the same time", () => {
  it("are each on disk before they are given, and each is billed", async () => {
    const ids = Array.from({ length: 20 }, (_, each) => `q-${each}`);
    await Promise.all(ids.map(async (id) => begun(id)));
    await Promise.all(ids.map((id) => settle(id)));
    harness.calls.evict();
    await harness.later(1_000);

    expect(harness.recorded.map(({ request_id }) => request_id).sort()).toEqual([...ids].sort());
  });

  it("all fail where the disk does, and none is given", async () => {
    const calls = await Promise.all(["q-1", "q-2"].map((id) => begun(id)));
    const rows = harness.calls.states.get(ACCOUNT)?.rows("DROP TABLE unbilled");
    const record = (id: string): object => ({ fingerprint: "f", record: { ...RECORD, request_id: id }, answer: null, answerMs: 0 });
    const noted = await Promise.allSettled(calls.map((call, at) => call.settle(record(`q-${at + 1}`) as Settlement)));

    expect([rows, noted.map(({ status }) => status)]).toEqual([[], ["rejected", "rejected"]]);
  });
});

describe("what billing has to be told", () => {
  it("is told once, and nothing is left of it", async () => {
    await settle("q-1");
    await harness.later(MINUTE);

    expect(harness.recorded.map(({ request_id }) => request_id)).toEqual(["q-1"]);
    expect(await harness.journal.standing("laptop", 100)).toMatchObject({ unbilled: 0 });
  });

  it("is told again and again while billing is out, however often the alarm rings", async () => {
    harness.billing = () => new Response("", { status: 503 });
    await settle("q-1");
    await settle("q-2");
    // Seven failures of an alarm would be the end of it (W9).
    for (let ring = 0; ring < 20; ring++) await harness.later(5 * MINUTE);
    expect(await harness.journal.standing("laptop", 100)).toMatchObject({ unbilled: 2, refused: 0 });

    harness.billing = () => Response.json({ recorded: true });
    await harness.later(5 * MINUTE);
    await harness.later(5 * MINUTE);

    expect(harness.recorded.map(({ request_id }) => request_id).sort()).toEqual(["q-1", "q-2"]);
  });

  it("outlives the memory of the object", async () => {
    harness.billing = () => {
      throw new Error("out");
    };
    await settle("q-1");
    await harness.later(1_000);
    harness.calls.evict();
    harness.billing = () => Response.json({ recorded: true });
    await harness.later(2_000);

    expect(harness.recorded).toHaveLength(1);
  });

  it("is kept where billing refuses it, and holds up no other", async () => {
    harness.billing = (body) => (body.includes("q-1") ? new Response("no", { status: 400 }) : Response.json({}));
    await settle("q-1");
    await settle("q-2");
    await harness.later(1_000);

    expect(harness.recorded.map(({ request_id }) => request_id)).toEqual(["q-2"]);
    expect(await harness.journal.standing("laptop", 100)).toMatchObject({ unbilled: 1, refused: 1 });
    expect(harness.lines()).toContain('"event":"record_refused","request_id":"q-1"');
    harness.billing = () => Response.json({});
    await harness.later(60 * MINUTE);
    expect(harness.recorded).toHaveLength(2);
  });

  it("is one record, whichever of two calls under an id comes first", async () => {
    harness.billing = () => new Response("", { status: 503 });
    await settle("q-1");
    await settle("q-1");

    expect(await harness.journal.standing("laptop", 100)).toMatchObject({ unbilled: 1 });
  });
});

it("is asked before a provider is, and after the answer was noted", async () => {
  const order: string[] = [];
  harness.provider = () => {
    order.push("provider");
    return message();
  };
  harness.billing = () => {
    order.push("billing");
    return Response.json({});
  };
  await harness.escalate("q-1");
  await harness.later(1_000);
  const again = await harness.escalate("q-1", { query: "else" });

  expect([order, await code(again)]).toEqual([["provider", "billing"], "request_id_reused"]);
});
