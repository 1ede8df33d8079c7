import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { rowsOf, SqliteDatabase } from "#lib/testing/sqlite";
import { CONTEXT_BYTES, MOST_CHARACTERS, SESSION_BYTES, type Session } from "./api";
import { Harness, USER } from "./harness";
import worker from ".";
import { LATER_TABLES, SQL, TABLES } from "./store/tables";

const LARGEST_BYTES = 1_200_000;

let harness: Harness;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse("2026-11-29T12:00:00Z"), toFake: ["Date"] });
  harness = new Harness();
});

afterEach(() => {
  vi.useRealTimers();
});

async function read(sessionId: string, page = {}): Promise<Session> {
  const found = await harness.sessions.get(USER, sessionId, page);
  if (found === "absent") throw new Error(`${sessionId} is absent`);
  return found;
}

function ids({ messages }: Session): string[] {
  return messages.map(({ message_id }) => message_id);
}

describe("a session (SI-4)", () => {
  it("has the data model of the source, and its title of the first message of its user", async () => {
    await harness.sessions.addMessage(USER, "s-1", { messageId: "m-0", role: "system", content: "Be short." });
    await harness.sessions.addMessage(USER, "s-1", { messageId: "m-1", role: "user", content: "  Why is\nthe sky blue?" });
    harness.tick();
    await harness.sessions.updateContext(USER, "s-1", { context: { place: "home" }, modelPreference: "claude" });

    expect(await harness.sessions.get(USER, "s-1")).toEqual({
      session_id: "s-1",
      user_id: USER,
      title: "Why is the sky blue?",
      messages: [
        { message_id: "m-0", number: 1, role: "system", content: "Be short.", created_at: "2026-11-29T12:00:00.000Z" },
        { message_id: "m-1", number: 2, role: "user", content: "  Why is\nthe sky blue?", created_at: "2026-11-29T12:00:00.000Z" },
      ],
      earlier: null,
      context: { place: "home" },
      model_preference: "claude",
      message_count: 2,
      dropped_messages: 0,
      created_at: "2026-11-29T12:00:00.000Z",
      updated_at: "2026-11-29T12:00:01.000Z",
    });
  });

  it("is as it was when its object starts anew", async () => {
    await harness.say("s-1", "m-1", "m-2");
    const before = await read("s-1");

    harness.objects.evict();

    expect(await read("s-1")).toEqual(before);
  });

  it("is read page by page, from its end on, and each message once", async () => {
    await harness.say("s-1", ...Array.from({ length: 25 }, (_, index) => `m-${index + 1}`));

    const last = await read("s-1", { limit: 10 });
    const middle = await read("s-1", { limit: 10, before: last.earlier });
    const first = await read("s-1", { limit: 10, before: middle.earlier });

    expect([last.earlier, middle.earlier, first.earlier]).toEqual([16, 6, null]);
    expect([...ids(first), ...ids(middle), ...ids(last)]).toEqual(Array.from({ length: 25 }, (_, index) => `m-${index + 1}`));
  });

  it("ends a page where its messages are large, but not before one", async () => {
    for (const [id, characters] of [["m-1", 400_000], ["m-2", 400_000], ["m-3", 400_000], ["m-4", 400_000]] as const) {
      await harness.sessions.addMessage(USER, "s-1", { messageId: id, role: "user", content: "界".repeat(characters) });
    }

    const last = await read("s-1");

    expect([ids(last), last.earlier]).toEqual([["m-2", "m-3", "m-4"], 2]);
    expect(ids(await read("s-1", { limit: 1 }))).toEqual(["m-4"]);
  });

  it("keeps what was given as a title", async () => {
    await harness.sessions.updateContext(USER, "s-1", { title: "The sky" });
    await harness.say("s-1", "m-1");
    await harness.sessions.clear(USER, "s-1");

    expect((await read("s-1")).title).toBe("The sky");
  });
});

describe("adding a message", () => {
  it("is once under its id, and never something else", async () => {
    await harness.say("s-1", "m-1");
    const again = await harness.sessions.addMessage(USER, "s-1", { messageId: "m-1", role: "user", content: "says m-1" });
    const other = await harness.sessions.addMessage(USER, "s-1", { messageId: "m-1", role: "user", content: "else" });
    const byOther = await harness.sessions.addMessage(USER, "s-1", { messageId: "m-1", role: "assistant", content: "says m-1" });

    expect(again).toMatchObject({ added: false, message: { number: 1 }, session: { message_count: 1 } });
    expect([other, byOther]).toEqual([{ refused: "message_id_reused" }, { refused: "message_id_reused" }]);
  });

  it("is once also where half a character is in it", async () => {
    const message = { messageId: "m-1", role: "user", content: "half \ud83d" } as const;
    await harness.sessions.addMessage(USER, "s-1", message);

    expect(await harness.sessions.addMessage(USER, "s-1", message)).toMatchObject({ added: false });
  });

  it("loses none and keeps the order of its numbers when many come at once", async () => {
    const all = Array.from({ length: 200 }, (_, index) => `m-${index}`);
    const added = await Promise.all(
      all.map((messageId) => harness.sessions.addMessage(USER, "s-1", { messageId, role: "user", content: messageId })),
    );

    expect(added.map((each) => ("message" in each ? each.message.number : 0))).toEqual(all.map((_, index) => index + 1));
    expect(ids(await read("s-1", { limit: 1_000 }))).toEqual(all);
  });

  it("drops the oldest beyond the messages that a session keeps, and says how many", async () => {
    harness.variables.MESSAGES_PER_SESSION = "3";
    await harness.say("s-1", "m-1", "m-2", "m-3", "m-4", "m-5");
    const session = await read("s-1");

    expect([ids(session), session.message_count, session.dropped_messages]).toEqual([["m-3", "m-4", "m-5"], 3, 2]);
    expect([session.title, session.messages.map(({ number }) => number)]).toEqual(["says m-1", [3, 4, 5]]);
  });

  it("drops the oldest beyond the bytes that a session keeps", async () => {
    await harness.say("s-1", "m-0");
    for (let number = 1; number <= 7; number++) {
      await harness.sessions.addMessage(USER, "s-1", { messageId: `m-${number}`, role: "user", content: "界".repeat(400_000) });
    }

    expect(harness.own("SELECT message_count, dropped_messages FROM sessions")).toEqual([{ message_count: 6, dropped_messages: 2 }]);
    const [kept] = harness.own("SELECT SUM(bytes) AS sum, MAX(number) AS last FROM messages");
    expect(kept).toEqual({ sum: 6 * LARGEST_BYTES, last: 8 });
    expect(harness.own("SELECT message_bytes FROM sessions")).toEqual([{ message_bytes: 6 * LARGEST_BYTES }]);
    expect(6 * LARGEST_BYTES).toBeLessThan(SESSION_BYTES);
  });

  it("is refused where it is too large, and nothing begins", async () => {
    const large = { messageId: "m-1", role: "user", content: "x".repeat(MOST_CHARACTERS + 1) } as const;

    expect(await harness.sessions.addMessage(USER, "s-1", large)).toEqual({ refused: "message_too_large", most: MOST_CHARACTERS });
    expect(harness.own("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  it("is refused in a session too many, and no other one is lost for it", async () => {
    harness.variables.SESSIONS_PER_USER = "2";
    await harness.say("s-1", "m-1");
    await harness.say("s-2", "m-1");

    const third = await harness.sessions.addMessage(USER, "s-3", { messageId: "m-1", role: "user", content: "x" });
    const context = await harness.sessions.updateContext(USER, "s-3", { context: {} });
    await harness.say("s-1", "m-2");
    await harness.sessions.delete(USER, "s-2");
    await harness.say("s-3", "m-1");

    expect([third, context]).toEqual([{ refused: "too_many_sessions", most: 2 }, { refused: "too_many_sessions", most: 2 }]);
    expect((await harness.sessions.list(USER)).sessions.map(({ session_id }) => session_id)).toEqual(["s-3", "s-1"]);
  });
});

describe("the context", () => {
  it("is patched: what is null goes, what is not named stays", async () => {
    await harness.sessions.updateContext(USER, "s-1", { context: { a: 1, b: { c: [true, null], d: "x" } } });
    const patched = await harness.sessions.updateContext(USER, "s-1", { context: { a: null, b: { d: "y" } } });

    expect(patched).toMatchObject({ context: { b: { c: [true, null], d: "y" } } });
  });

  it("is refused above its bytes, and stays as it was", async () => {
    await harness.sessions.updateContext(USER, "s-1", { context: { a: 1 } });
    const large = { b: "ü".repeat(CONTEXT_BYTES / 2) };

    expect(await harness.sessions.updateContext(USER, "s-1", { context: large })).toEqual({ refused: "context_too_large", most: CONTEXT_BYTES });
    expect(await read("s-1")).toMatchObject({ context: { a: 1 } });
  });

  it("lets go of a model that was preferred", async () => {
    await harness.sessions.updateContext(USER, "s-1", { modelPreference: "claude" });

    expect(await harness.sessions.updateContext(USER, "s-1", { modelPreference: null })).toMatchObject({ model_preference: null });
  });
});

describe("the list", () => {
  it("has the session that changed last first, page by page, each once", async () => {
    const all = Array.from({ length: 7 }, (_, index) => `s-${index + 1}`);
    for (const sessionId of all) await harness.say(sessionId, "m-1");
    await harness.say("s-2", "m-2");

    const one = await harness.sessions.list(USER, { limit: 4 });
    const two = await harness.sessions.list(USER, { limit: 4, ...(one.next === null ? {} : { after: one.next }) });

    expect(one.sessions.map(({ session_id }) => session_id)).toEqual(["s-2", "s-7", "s-6", "s-5"]);
    expect(two.sessions.map(({ session_id }) => session_id)).toEqual(["s-4", "s-3", "s-1"]);
    expect(two.next).toBeNull();
  });

  it("tells sessions apart that changed in the same moment", async () => {
    for (const sessionId of ["s-1", "s-2", "s-3"]) await harness.sessions.updateContext(USER, sessionId, {});

    const found = [];
    let page = await harness.sessions.list(USER, { limit: 1 });
    found.push(...page.sessions);
    while (page.next !== null) {
      page = await harness.sessions.list(USER, { limit: 1, after: page.next });
      found.push(...page.sessions);
    }

    expect(found.map(({ session_id }) => session_id)).toEqual(["s-3", "s-2", "s-1"]);
  });
});

describe("deleting and clearing", () => {
  it("leaves nothing of a session, and what it was called may begin anew", async () => {
    await harness.say("s-1", "m-1", "m-2");
    await harness.say("s-2", "m-1");

    expect([await harness.sessions.delete(USER, "s-1"), await harness.sessions.delete(USER, "s-1")]).toEqual([true, false]);
    expect(await harness.sessions.get(USER, "s-1")).toBe("absent");
    expect(harness.own("SELECT session_id FROM messages")).toEqual([{ session_id: "s-2" }]);
    await harness.say("s-1", "m-1");
    expect(await read("s-1")).toMatchObject({ message_count: 1, title: "says m-1" });
  });

  it("clears the messages and the title of them, and not the context", async () => {
    await harness.sessions.updateContext(USER, "s-1", { context: { a: 1 }, modelPreference: "gpt" });
    await harness.say("s-1", "m-1");

    expect(await harness.sessions.clear(USER, "s-1")).toMatchObject({ message_count: 0, title: null, context: { a: 1 }, model_preference: "gpt" });
    await harness.say("s-1", "m-2");
    expect(await read("s-1")).toMatchObject({ title: "says m-2", messages: [{ number: 2 }] });
    expect(await harness.sessions.clear(USER, "s-9")).toBe("absent");
  });
});

describe("nobody", () => {
  it("reads, changes or lists what is another's, under the same ids", async () => {
    await harness.say("s-1", "m-1");
    const { sessions } = harness;

    expect(await sessions.get("other", "s-1")).toBe("absent");
    expect(await sessions.list("other")).toEqual({ sessions: [], next: null });
    expect([await sessions.delete("other", "s-1"), await sessions.clear("other", "s-1")]).toEqual([false, "absent"]);
    expect(await sessions.recall("other", "s-1", "q")).toMatchObject({ incarnation: "absent 0", messages: [] });
    await sessions.addMessage("other", "s-1", { messageId: "m-1", role: "user", content: "mine" });
    expect(await read("s-1")).toMatchObject({ messages: [{ content: "says m-1" }] });
  });

  it("is answered by an object of somebody else, however it was reached", async () => {
    await harness.say("s-1", "m-1");

    await expect(harness.objects.get(USER).get("other", "s-1")).rejects.toThrow("somebody else");
  });

  it("stores anything by looking", async () => {
    await harness.sessions.get(USER, "s-1");
    await harness.sessions.list(USER);
    await harness.sessions.recall(USER, "s-1", "q-1");
    await harness.sessions.clear(USER, "s-1");

    expect(harness.own("SELECT name FROM sqlite_schema")).toEqual([]);
  });

  it("reaches it at a host", () => {
    expect(worker.fetch().status).toBe(404);
  });
});

it.each(Object.entries(SQL))("%s looks through no table that grows", (_, sql) => {
  const database = new SqliteDatabase();
  database.exec(TABLES + LATER_TABLES);
  const plan = rowsOf(database, `EXPLAIN QUERY PLAN ${sql}`, []).map(({ detail }) => String(detail));

  expect(plan.filter((step) => step.startsWith("SCAN") || step.includes("TEMP B-TREE"))).toEqual([]);
});
