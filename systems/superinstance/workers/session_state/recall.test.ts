import { beforeEach, describe, expect, it } from "vitest";

import type { Recalled, Refused } from "./api";
import { Harness, USER } from "./harness";

let harness: Harness;

beforeEach(() => {
  harness = new Harness();
});

function recall(requestId = "q-new"): Promise<Recalled> {
  return harness.sessions.recall(USER, "s-1", requestId);
}

async function turn(requestId: string, answer = `answers ${requestId}`, more = {}): Promise<"remembered" | Refused> {
  const { incarnation } = await recall(requestId);
  return harness.sessions.remember(USER, "s-1", { requestId, query: `asks ${requestId}`, answer, incarnation, ...more });
}

function told({ messages }: Recalled): string[] {
  return messages.map(({ role, content }) => `${role}: ${content}`);
}

describe("a turn (SI-2, SI-4)", () => {
  it("is remembered as two messages, and told to whoever asks next", async () => {
    expect(await turn("q-1", "it scatters", { modelPreference: "claude" })).toBe("remembered");

    expect(await recall()).toMatchObject({ modelPreference: "claude", refused: null });
    expect(told(await recall())).toEqual(["user: asks q-1", "assistant: it scatters"]);
    expect(await harness.sessions.get(USER, "s-1")).toMatchObject({ title: "asks q-1", message_count: 2 });
  });

  it("is remembered once, as it was answered last, and not told to itself", async () => {
    await turn("q-1", "a first answer, of which nobody knows");
    await turn("q-2");
    expect(told(await recall("q-1"))).toEqual(["user: asks q-2", "assistant: answers q-2"]);

    await turn("q-1", "an answer");

    expect(told(await recall())).toEqual(["user: asks q-1", "assistant: an answer", "user: asks q-2", "assistant: answers q-2"]);
    expect(harness.own("SELECT SUM(bytes) AS bytes FROM messages")).toEqual(harness.own("SELECT message_bytes AS bytes FROM sessions"));
  });

  it("that is asked again is told all that was said around it, and as much as any other", async () => {
    for (const id of ["q-1", "q-2", "q-3"]) await turn(id);
    expect(told(await recall("q-2"))).toEqual(["user: asks q-1", "assistant: answers q-1", "user: asks q-3", "assistant: answers q-3"]);

    harness.variables.RECALLED_MESSAGES = "2";
    harness.objects.evict();

    expect(told(await recall("q-3"))).toEqual(["user: asks q-2", "assistant: answers q-2"]);
  });

  it("stays together when many end at once", async () => {
    harness.variables.RECALLED_MESSAGES = "100";
    await Promise.all(Array.from({ length: 30 }, (_, index) => turn(`q-${index}`)));
    const roles = (await recall()).messages.map(({ role }) => role);

    expect(roles).toEqual(Array.from({ length: 30 }, () => ["user", "assistant"]).flat());
  });

  it.each(["delete", "clear"] as const)("does not come back into a session after its %s", async (how) => {
    await turn("q-1");
    const { incarnation } = await recall("q-2");
    await harness.sessions[how](USER, "s-1");

    const late = { requestId: "q-2", query: "asks", answer: "answers", incarnation };

    expect(await harness.sessions.remember(USER, "s-1", late)).toEqual({ refused: "session_gone" });
    expect(harness.own("SELECT * FROM messages")).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ["deleted", () => harness.sessions.delete(USER, "s-1")],
    ["cleared", () => harness.sessions.clear(USER, "s-1")],
    ["deleted and made again", () => harness.sessions.delete(USER, "s-1").then(() => harness.say("s-1", "m-2"))],
  ])("that was to begin a session does not come back into one that was %s meanwhile", async (_, end) => {
    const { incarnation } = await recall("q-1");
    await harness.say("s-1", "m-1");
    await end();
    harness.objects.evict();
    const begins = { requestId: "q-1", query: "asks", answer: "answers", incarnation };

    expect(await harness.sessions.remember(USER, "s-1", begins)).toEqual({ refused: "session_gone" });
    expect(harness.own("SELECT * FROM messages WHERE message_id LIKE '%q-1'")).toEqual([]);
    expect(await turn("q-2")).toBe("remembered");
  });

  it("that was to begin a session does so whatever becomes of others, as long as that is known", async () => {
    const { incarnation } = await recall("q-1");
    const begins = { requestId: "q-1", query: "asks", answer: "answers", incarnation };
    await harness.say("s-2", "m-1");
    await harness.sessions.delete(USER, "s-2");
    harness.own("WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 1000) INSERT INTO endings SELECT n, 's-2' FROM n");
    expect(await harness.sessions.remember(USER, "s-1", begins)).toBe("remembered");

    await harness.sessions.delete(USER, "s-1");
    expect(harness.own("SELECT COUNT(*) AS kept FROM endings")).toEqual([{ kept: 1_000 }]);
    expect(await harness.sessions.remember(USER, "s-3", begins)).toEqual({ refused: "session_gone" });
  });

  it("of two that begin a session both are remembered", async () => {
    const begun = { query: "asks", answer: "answers", incarnation: null };
    const sessions = [harness.sessions.remember(USER, "s-1", { ...begun, requestId: "q-1" }), harness.sessions.remember(USER, "s-1", { ...begun, requestId: "q-2" })];

    expect(await Promise.all(sessions)).toEqual(["remembered", "remembered"]);
    expect((await recall()).messages).toHaveLength(4);
  });

  it("is known beforehand to have no room", async () => {
    harness.variables.SESSIONS_PER_USER = "1";
    await harness.say("s-2", "m-1");

    expect(await recall()).toMatchObject({ refused: { refused: "too_many_sessions", most: 1 } });
    expect(await turn("q-1")).toEqual({ refused: "too_many_sessions", most: 1 });
  });
});

describe("what is recalled", () => {
  it("is as many of the newest messages as are to be, in their order", async () => {
    harness.variables.RECALLED_MESSAGES = "2";
    await harness.say("s-1", "m-1", "m-2", "m-3");

    expect(told(await recall())).toEqual(["user: says m-2", "user: says m-3"]);
  });

  it("is as much as a model may be told, and nothing where one message is more", async () => {
    const large = { role: "user", content: "x".repeat(120_000) } as const;
    await harness.sessions.addMessage(USER, "s-1", { ...large, messageId: "m-1" });
    await harness.sessions.addMessage(USER, "s-1", { ...large, messageId: "m-2" });
    expect((await recall()).messages).toHaveLength(1);

    await harness.sessions.addMessage(USER, "s-1", { role: "user", content: "x".repeat(200_001), messageId: "m-3" });

    expect((await recall()).messages).toEqual([]);
  });
});
