import { beforeEach, describe, expect, it, vi } from "vitest";

import type { ObjectCopy } from "#lib/backup/object_copy";
import { Harness, USER } from "./harness";

let harness: Harness;

beforeEach(() => {
  vi.useFakeTimers();
  harness = new Harness();
});

async function copy(): Promise<ObjectCopy> {
  const state = harness.objects.states.get(USER);
  if (state === undefined) throw new Error("nothing was said");
  state.mayScan = true;
  const made = await harness.sessions.copyOut(USER, null);
  if (made === "unknown_id" || "refused" in made || made.copy === null) throw new Error(JSON.stringify(made));
  return made.copy;
}

const rows = (copied: ObjectCopy, name: string): unknown[][] => copied.tables.find((table) => table.name === name)?.rows ?? [];

describe("the sessions of a user", () => {
  it("come back as they were, also where half a character was said", async () => {
    await harness.say("s-1", "m-1", "m-2");
    await harness.sessions.updateContext(USER, "s-1", { context: { place: "München", half: "\ud800" } });
    await harness.say("s-2", "m-3");
    const before = await copy();
    const shown = await harness.sessions.get(USER, "s-1");

    await harness.sessions.empty(USER);
    expect(await harness.sessions.get(USER, "s-1")).toBe("absent");
    expect(await harness.sessions.copyIn(JSON.parse(JSON.stringify(before)) as ObjectCopy, false)).toBe("copied");

    expect(await copy()).toEqual(before);
    expect(await harness.sessions.get(USER, "s-1")).toEqual(shown);
    expect(await harness.sessions.copyIn(before, false)).toBe("occupied");
  });

  it("go on after messages were read later than the session that counts them", async () => {
    await harness.say("s-1", "m-1");
    const early = await copy();
    await harness.say("s-1", "m-2", "m-3");
    const late = await copy();
    const mixed = { ...early, tables: early.tables.map((table) => ({ ...table, rows: table.name === "messages" ? late.tables.find(({ name }) => name === "messages")?.rows ?? [] : table.rows })) };

    await harness.sessions.copyIn(mixed, true);

    expect(rows(await copy(), "messages")).toEqual(rows(early, "messages"));
    await harness.say("s-1", "m-4");
    const session = await harness.sessions.get(USER, "s-1");
    expect(session).toMatchObject({ message_count: 2, messages: [{ message_id: "m-1", number: 1 }, { message_id: "m-4", number: 2 }] });
  });
});
