import { describe, expect, it } from "vitest";

import { objectsOf, type Copying } from "#lib/backup/door";
import type { ObjectCopy } from "#lib/backup/object_copy";
import { stubRuntime } from "#lib/testing/runtime";
import { harness, useHarness } from "../harness";

stubRuntime();
useHarness();

const SUBJECT = "owner:CHITTY-1";

const copying = (): Copying => objectsOf(harness.sessions.binding);

async function copyOut(): Promise<ObjectCopy> {
  const part = await copying().copyOut(SUBJECT, null);
  if (part === "unknown_id" || "refused" in part || part.copy === null) throw new Error(JSON.stringify(part));
  return part.copy;
}

/** What the objects of the bucket say, one after another. */
async function written(): Promise<{ sequence?: number }[]> {
  const texts = [...harness.buckets.analytics.objects.values()].map(({ bytes }) => gunzip(bytes));
  return (await Promise.all(texts)).flatMap((text) => text.trim().split("\n").map((line) => JSON.parse(line) as { sequence?: number }));
}

function gunzip(bytes: Uint8Array): Promise<string> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

describe("events in the analytics bucket (PA-6)", () => {
  it("are compressed, many to an object, and say nothing of whom", async () => {
    await harness.switchTo("claude", "atlas");
    await harness.switchTo("claude", "borealis");
    await harness.later(1_000);
    expect(harness.buckets.analytics.objects.size).toBe(0);

    await harness.later(600_000);
    const [[key, stored] = ["", undefined]] = [...harness.buckets.analytics.objects];
    const lines = await written();

    expect(key).toMatch(/^sync\/2026\/11\/29\/[0-9a-f-]{36}\.jsonl\.gz$/);
    expect(stored?.options).toMatchObject({ storageClass: "InfrequentAccess", httpMetadata: { contentEncoding: "gzip" } });
    expect(lines).toMatchObject([{ sync_type: "project_switch" }, { delivered: 0 }]);
    expect(JSON.stringify(lines)).not.toContain("CHITTY-1");
  });

  it("wait when the bucket takes none", async () => {
    harness.buckets.analytics.failing.add("put");
    await harness.switchTo("claude", "atlas");
    await harness.later(600_000);
    expect(harness.lines()).toContain("archive_failed");

    harness.buckets.analytics.failing.clear();
    await harness.later(60_000);
    expect(harness.buckets.analytics.objects.size).toBe(1);
  });

  it("are written once, though their object comes back from a copy that was made before", async () => {
    await harness.switchTo("claude", "atlas");
    const copied = await copyOut();
    await harness.switchTo("claude", "borealis");
    await harness.later(600_000);
    const before = await written();
    expect(before).toHaveLength(2);

    await copying().copyIn(copied, true);
    await harness.switchTo("claude", "cygnus");
    await harness.later(900_000);

    expect(harness.buckets.analytics.objects.size).toBe(1);
    expect((await written()).slice(0, 2)).toEqual(before);
    expect((await written()).map(({ sequence }) => sequence)).toEqual([1, 2, 2]);
  });

  it("are written once, though it could not be noted that they were", async () => {
    await harness.switchTo("claude", "atlas");
    const state = harness.sessions.states.get(SUBJECT);
    const kept = state?.values.get("archive");
    await harness.later(600_000);
    expect(state?.values.has("archive")).toBe(false);

    state?.values.set("archive", kept);
    await state?.storage.setAlarm(Date.now());
    await harness.later(60_000);

    expect(state?.values.has("archive")).toBe(false);
    expect(await written()).toHaveLength(1);
  });

  it("are written where an earlier version has kept them, which named no object", async () => {
    await harness.switchTo("claude", "atlas");
    const { values } = harness.sessions.states.get(SUBJECT) ?? { values: new Map<string, unknown>() };
    const { lines, since } = values.get("archive") as { lines: string[]; since: number };
    values.set("archive", { lines, since });
    await harness.later(600_000);

    expect(await written()).toHaveLength(1);
  });
});
