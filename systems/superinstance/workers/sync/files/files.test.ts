import { describe, expect, it } from "vitest";

import { ADA, code, harness, useHarness } from "../harness";

useHarness();

const MINUTE = 60_000;
const PATH = "/sync/knowledge/notes.md";
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function put(base: number, text: string, more = ""): Promise<Response> {
  return harness.ask("PUT", `${PATH}?base_version=${base}${more}`, bytesOf(text));
}

/** Everything in R2 is referred to, or noted; everything that is referred to is in R2. */
function expectNothingAdrift(): void {
  const referred = [...harness.known("sync_items"), ...harness.known("sync_conflicts")];
  const noted = harness.known("sync_objects");
  expect(harness.objects.filter((key) => ![...referred, ...noted].includes(key))).toEqual([]);
  expect(referred.filter((key) => !harness.objects.includes(key) || noted.includes(key))).toEqual([]);
}

describe("bytes that nothing refers to any more", () => {
  it.each<[string, () => Promise<unknown>, number]>([
    ["because they were replaced", () => put(1, "new"), 1],
    ["because they were deleted", () => harness.ask("DELETE", `${PATH}?base_version=1`), 0],
    ["because they are what is there already", () => put(0, "old"), 1],
  ])("%s are gone after some time, and not before who reads them is done", async (_, change, left) => {
    await put(0, "old");
    await change();
    expect(harness.objects).toHaveLength(left + 1);
    expectNothingAdrift();

    await harness.later(6 * MINUTE);
    await harness.later(60 * MINUTE);
    expect([harness.objects.length, harness.known("sync_objects")]).toEqual([left, []]);
    expectNothingAdrift();
  });

  it("because their conflict was settled, or given up", async () => {
    await put(0, "current");
    for (const [text, settle] of [
      ["one", (id: string) => put(1, "merged", `&resolves=${id}`)],
      ["two", (id: string) => harness.ask("DELETE", `/sync/conflicts/${id}`)],
    ] as const) {
      const { conflict_id } = await (await put(0, text)).json<{ conflict_id: string }>();
      expect((await settle(conflict_id)).ok).toBe(true);
    }
    expect((await harness.status()).conflicts).toEqual([]);

    await harness.later(6 * MINUTE);
    expect(harness.objects).toEqual(harness.known("sync_items"));
    expect((await harness.status()).collections["knowledge"]).toMatchObject({ items: 1, bytes: 6, conflicts: 0 });
  });

  it("are deleted later where R2 is out, and nothing is forgotten", async () => {
    await put(0, "old");
    await put(1, "new");
    harness.knowledge.failing.add("delete");
    await harness.later(6 * MINUTE);
    expect(harness.objects).toHaveLength(2);
    harness.knowledge.failing.clear();

    await harness.later(MINUTE);
    expect(harness.objects).toEqual(harness.known("sync_items"));
  });
});

describe("whatever dies between R2 and D1", () => {
  it("leaves no bytes for ever, and no index without bytes", async () => {
    harness.db.outage = undefined;
    harness.knowledge.failing.add("put");
    expect([(await put(0, "x")).status, harness.objects]).toEqual([503, []]);
    harness.knowledge.failing.clear();
    // The transaction of the push, after the bytes lie in R2.
    harness.db.faults.push("refused");
    expect((await put(0, "y")).status).toBe(503);
    expect([harness.objects.length, harness.known("sync_items")]).toEqual([1, []]);
    expectNothingAdrift();

    await harness.later(61 * MINUTE);
    expect([harness.objects, harness.known("sync_objects")]).toEqual([[], []]);
  });

  it("refers to no bytes that are doomed: who took that long is told to send them again", async () => {
    harness.db.before = () => harness.later(61 * MINUTE);
    const late = await put(0, "late");

    expect([late.status, await code(late)]).toEqual([409, "upload_expired"]);
    expect((await harness.ask("GET", PATH)).status).toBe(404);
    expectNothingAdrift();
    expect((await put(0, "late")).status).toBe(200);
  });

  it("refers to none that R2 could not delete yet", async () => {
    harness.knowledge.failing.add("delete");
    harness.db.before = () => harness.later(61 * MINUTE);

    expect((await put(0, "late")).status).toBe(409);
    harness.knowledge.failing.clear();
    await harness.later(MINUTE);
    expect(harness.objects).toEqual([]);
  });

  it("notes nothing where the sweep cannot be set", async () => {
    harness.states.outage = true;

    expect((await put(0, "x")).status).toBe(503);
    expect([harness.objects, harness.known("sync_objects")]).toEqual([[], []]);
  });
});

describe("an upload", () => {
  it("of another length than it has said is none", async () => {
    const answer = await harness.ask("PUT", `${PATH}?base_version=0`, bytesOf("short"), ADA, { "Content-Length": "9" });

    expect([answer.status, await code(answer)]).toEqual([503, "upload_failed"]);
    expect((await harness.ask("GET", PATH)).status).toBe(404);
  });

  it("keeps its media type, and is refused with what is none", async () => {
    const typed = await harness.ask("PUT", `${PATH}?base_version=0`, bytesOf("# hi"), ADA, { "Content-Type": "text/markdown; charset=utf-8" });
    const wrong = await harness.ask("PUT", `${PATH}?base_version=1`, bytesOf("x"), ADA, { "Content-Type": "no type" });

    expect([typed.status, wrong.status]).toEqual([200, 400]);
    expect((await harness.ask("GET", PATH)).headers.get("Content-Type")).toBe("text/markdown; charset=utf-8");
  });

  it("of the same bytes as another media type is a new version, and the same one twice is not", async () => {
    const typed = (base: number, type: string): Promise<Response> => harness.ask("PUT", `${PATH}?base_version=${base}`, bytesOf("x"), ADA, { "Content-Type": type });
    await typed(0, "text/plain");
    const [first, again] = [await typed(1, "text/markdown"), await typed(1, "text/markdown")];

    expect([await first.json(), await again.json()]).toMatchObject(Array(2).fill({ status: "applied", version: 2 }));
    expect((await harness.ask("GET", PATH)).headers.get("Content-Type")).toBe("text/markdown");
    await harness.later(6 * MINUTE);
    await harness.later(60 * MINUTE);
    expect(harness.objects).toEqual(harness.known("sync_items"));
  });

  it("of the same bytes as another media type, by who has not seen what is current, is a conflict copy", async () => {
    const typed = (type: string): Promise<Response> => harness.ask("PUT", `${PATH}?base_version=0`, bytesOf("x"), ADA, { "Content-Type": type });
    await typed("text/plain");
    const copies = [];
    for (const type of ["text/markdown", "text/html", "text/html"]) {
      const lost = await typed(type);
      expect(lost.status).toBe(409);
      copies.push((await lost.json<{ conflict_id: string }>()).conflict_id);
    }

    expect([new Set(copies).size, (await harness.status()).conflicts.length]).toEqual([2, 2]);
    expect((await harness.ask("GET", PATH)).headers.get("Content-Type")).toBe("text/plain");
  });

  it("of nothing is an item of no bytes", async () => {
    await put(0, "");

    expect((await harness.pull(0, ADA, "knowledge")).items).toMatchObject([{ size: 0, version: 1 }]);
  });
});
