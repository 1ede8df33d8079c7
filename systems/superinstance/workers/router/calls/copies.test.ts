import { describe, expect, it } from "vitest";

import { objectsOf, type Copying } from "#lib/backup/door";
import type { ObjectCopy, Part } from "#lib/backup/object_copy";
import { ACCOUNT, harness, useHarness } from "../harness";

useHarness();

const QUARTER_HOUR = 900_000;

/** What copies journals: it reads every row of them. */
function journals(): Copying {
  for (const state of harness.calls.states.values()) state.mayScan = true;
  return objectsOf(harness.calls.binding);
}

async function part(account = ACCOUNT): Promise<Part> {
  const made = await journals().copyOut(account, null);
  if (made === "unknown_id" || "refused" in made) throw new Error(JSON.stringify(made));
  return made;
}

async function copy(): Promise<ObjectCopy> {
  const { copy } = await part();
  if (copy === null) throw new Error("there is nothing to copy");
  return copy;
}

describe("a journal", () => {
  it("comes back with the calls that billing does not know, and tells it of each once", async () => {
    harness.billing = () => new Response("out", { status: 503 });
    await harness.escalate("r-1");
    await harness.later(2_000);
    expect(harness.recorded).toEqual([]);
    const before = JSON.parse(JSON.stringify(await copy())) as ObjectCopy;

    await journals().empty(ACCOUNT);
    expect((await part()).copy).toBeNull();
    expect(await journals().copyIn(before, false)).toBe("copied");
    expect({ ...(await copy()), alarm: 0 }).toEqual({ ...before, alarm: 0 });

    harness.billing = () => Response.json({ recorded: true });
    await harness.later(QUARTER_HOUR + 1);
    expect(harness.recorded.map(({ request_id }) => request_id)).toEqual(["r-1"]);
  });

  it("comes back with an alarm where it was copied while billing was being told", async () => {
    let copied: ObjectCopy | undefined;
    harness.billing = async () => {
      copied ??= await copy();
      return new Response("out", { status: 503 });
    };
    await harness.escalate("r-1");
    await harness.later(2_000);
    if (copied === undefined) throw new Error("billing was not asked");
    expect(copied.alarm).toBeNull();

    await journals().empty(ACCOUNT);
    await journals().copyIn(copied, false);
    harness.billing = () => Response.json({ recorded: true });
    await harness.later(QUARTER_HOUR + 1);

    expect(harness.recorded.map(({ request_id }) => request_id)).toEqual(["r-1"]);
  });

  it("knows the ids that were taken, and asks no model for them again", async () => {
    await harness.escalate("r-1");
    const before = await copy();
    await journals().empty(ACCOUNT);
    await journals().copyIn(before, false);
    const asked = harness.asked.length;

    const again = await harness.escalate("r-1");

    expect(again.status).toBe(200);
    expect(harness.asked).toHaveLength(asked);
  });

  it("is not written over unless that is asked for", async () => {
    await harness.escalate("r-1");
    const before = await copy();

    expect(await journals().copyIn(before, false)).toBe("occupied");
    expect(await journals().copyIn(before, true)).toBe("copied");
  });

  it("that has counted requests alone is none to copy", async () => {
    await harness.ask("GET", "/v1/status");

    expect(harness.calls.states.get(ACCOUNT)?.rows("SELECT * FROM requests")).toHaveLength(1);
    expect(await part()).toEqual({ copy: null, next: null });
  });

  it("of an earlier version, which noted no name, comes back by its id", async () => {
    await harness.escalate("r-1");
    await harness.later(2_000);
    harness.calls.states.get(ACCOUNT)?.values.delete("copied_as");
    const before = await copy();
    expect([before.name, before.id]).toEqual([undefined, ACCOUNT]);
    const asked = harness.asked.length;

    await journals().empty(ACCOUNT);
    expect(await journals().copyIn(before, false)).toBe("copied");

    expect({ ...(await copy()), alarm: 0 }).toEqual({ ...before, alarm: 0 });
    expect((await harness.escalate("r-1")).status).toBe(200);
    expect(harness.asked).toHaveLength(asked);
    expect((await copy()).name).toBeUndefined();
    await harness.escalate("r-2");
    expect((await copy()).name).toBe(ACCOUNT);
  });

  it.each([400, 503])("of an earlier version is copied while billing has not taken what is to be billed, for it answers %d", async (status) => {
    harness.billing = () => new Response("out", { status });
    await harness.escalate("r-1");
    await harness.later(2_000);
    harness.calls.states.get(ACCOUNT)?.values.delete("copied_as");

    expect(await copy()).toMatchObject({ name: ACCOUNT });
  });

  it("answers nobody while only a part of it is there, whatever leaves memory meanwhile", async () => {
    await harness.escalate("r-1");
    const { tables, ...rest } = await copy();
    const first = { ...rest, tables, others: [], alarm: null, more: true };
    const second = { ...rest, tables: tables.map((each) => ({ ...each, sql: "", rows: [] })), goes_on: true };
    await journals().empty(ACCOUNT);

    await journals().copyIn(first, false);
    harness.calls.evict();
    expect((await harness.escalate("r-2")).status).toBe(503);
    expect(await journals().copyOut(ACCOUNT, null)).toEqual({ refused: "a copy is being brought in; go on with that first" });

    expect(await journals().copyIn(second, false)).toBe("copied");
    expect((await harness.escalate("r-2")).status).toBe(200);
  });
});
