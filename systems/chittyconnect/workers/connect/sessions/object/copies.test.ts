import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import type { ObjectCopy } from "#lib/backup/object_copy";
import { harness, session, START, TTL, useHarness } from "./harness";

stubRuntime();
useHarness();

async function copied(): Promise<ObjectCopy> {
  const part = await harness.start().copyOut(null);
  if ("refused" in part || part.copy === null) throw new Error(JSON.stringify(part));
  return JSON.parse(JSON.stringify(part.copy)) as ObjectCopy;
}

describe("a session that comes out of a copy", () => {
  it("is what it was, by the same id, and ends in time", async () => {
    await harness.start().create(session({ half: "\ud800", list: [1, null] }));
    const before = await copied();
    const shown = await harness.start().read();
    expect(before.name).toBe("s");

    await harness.start().empty();
    expect(await harness.start().read()).toBe("absent");
    expect(await harness.start().copyIn(before, false)).toBe("copied");

    expect(await harness.start().read()).toEqual(shown);
    expect(await copied()).toEqual({ ...before, alarm: expect.any(Number) as number });
    expect(harness.state.alarm).toBeGreaterThanOrEqual(START + TTL * 1000);
  });

  it("is the same copy however often the object has started since", async () => {
    await harness.start().create(session());
    const before = await copied();
    harness.start();
    harness.start();

    expect(await copied()).toEqual(before);
  });
});
