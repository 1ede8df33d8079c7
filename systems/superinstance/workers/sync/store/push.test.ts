import { describe, expect, it } from "vitest";

import { ADA, code, harness, tokenOf, useHarness } from "../harness";

useHarness();

function post(changes: unknown, more: object = {}): Promise<Response> {
  return harness.ask("POST", "/sync/settings", { changes, ...more });
}

async function bytes(count: number): Promise<void> {
  const usage = (await harness.status()).collections["settings"];
  expect(usage).toMatchObject({ bytes: count });
}

describe("the same push twice", () => {
  it("is applied once, also where the first was not confirmed", async () => {
    harness.db.faults.push("unconfirmed");
    const first = await post([{ id: "theme", base_version: 0, value: "dark" }]);
    expect([first.status, await code(first)]).toEqual([503, "database_unavailable"]);

    expect(await harness.push("theme", 0, "dark")).toMatchObject({ status: "applied", version: 1 });
    expect(await harness.push("theme", 0, "dark")).toMatchObject({ status: "applied", version: 1 });
    await bytes(6);
  });

  it("is one conflict copy", async () => {
    await harness.push("theme", 0, "dark");
    const [one, two] = [await harness.push("theme", 0, "light"), await harness.push("theme", 0, "light")];

    expect(one).toEqual(two);
    expect((await harness.status()).conflicts).toHaveLength(1);
  });

  it("changes nothing where a transaction was refused, and is applied then", async () => {
    harness.db.faults.push("refused");
    expect((await post([{ id: "theme", base_version: 0, value: "dark" }])).status).toBe(503);
    expect((await harness.pull()).items).toEqual([]);

    expect(await harness.push("theme", 0, "dark")).toMatchObject({ status: "applied", version: 1 });
  });
});

describe("a push", () => {
  it("of several changes says of each what became of it", async () => {
    await harness.push("a", 0, 1);
    const answer = await post([
      { id: "b", base_version: 0, value: 2 },
      { id: "a", base_version: 0, value: 3 },
      { id: "a2", base_version: 7, value: 4 },
      { id: "c", base_version: 0, deleted: true },
    ]);

    const { results } = await answer.json<{ results: object[] }>();
    expect(results).toMatchObject([
      { id: "b", status: "applied", version: 1 },
      { id: "a", status: "conflict", version: 1 },
      { id: "a2", status: "conflict", version: 0 },
      { id: "c", status: "applied", version: 0, deleted: true },
    ]);
  });

  it("settles the copies that it names, of its own item alone", async () => {
    await harness.push("a", 0, 1);
    await harness.push("b", 0, 1);
    const copies = [await harness.push("a", 0, 2), await harness.push("a", 0, 3), await harness.push("b", 0, 2)];
    const ids = copies.map((each) => each["conflict_id"]);

    expect(await harness.push("a", 0, 9, { resolves: ids })).toMatchObject({ status: "conflict" });
    expect((await harness.status()).conflicts).toHaveLength(4);
    expect(await harness.push("a", 1, 2, { resolves: ids })).toMatchObject({ status: "applied", version: 2 });
    const left = (await harness.status()).conflicts.map(({ item_id }) => item_id).sort();
    expect(left).toEqual(["a", "b"]);
  });

  it("that deletes what never was leaves nothing", async () => {
    expect(await harness.push("never", 0, undefined)).toMatchObject({ status: "applied", version: 0 });
    expect(await harness.push("never", 3, undefined)).toMatchObject({ status: "applied", version: 0 });
    expect(await harness.pull()).toMatchObject({ items: [] });
    expect((await harness.status()).conflicts).toEqual([]);
  });

  it("on what was deleted meanwhile is a conflict, and so is a deletion of what was changed", async () => {
    await harness.push("a", 0, 1);
    await harness.push("a", 1, undefined);
    expect(await harness.push("a", 1, 2)).toMatchObject({ status: "conflict", version: 2, deleted: true });
    expect(await harness.push("a", 2, 2)).toMatchObject({ status: "applied", version: 3 });
    expect(await harness.push("a", 2, undefined)).toMatchObject({ status: "conflict", version: 3 });
    expect((await harness.pull()).items).toMatchObject([{ value: 2 }]);
  });

  it("keeps any JSON as it is", async () => {
    const value = { text: "ü\u0000\ud800 \"'\\", list: [[], {}, [null, true, -0.5, 1e300]], "a.b": { "": 1 } };
    await harness.push("odd", 0, value);

    expect((await harness.pull()).items[0]?.value).toEqual(value);
  });

  it.each<[string, unknown, number, string]>([
    ["no changes", [], 400, "invalid_request"],
    ["a hundred and one", Array.from({ length: 101 }, (_, index) => ({ id: `s${index}`, base_version: 0, value: 1 })), 400, "invalid_request"],
    ["an item twice", [1, 2].map((value) => ({ id: "a", base_version: 0, value })), 400, "invalid_request"],
    ["neither value nor deletion", [{ id: "a", base_version: 0 }], 400, "invalid_request"],
    ["both", [{ id: "a", base_version: 0, value: 1, deleted: true }], 400, "invalid_request"],
    ["no base", [{ id: "a", value: 1 }], 400, "invalid_request"],
    ["a base below zero", [{ id: "a", base_version: -1, value: 1 }], 400, "invalid_request"],
    ["an id that is a path", [{ id: "../a", base_version: 0, value: 1 }], 400, "invalid_request"],
    ["a reserved name", [{ id: "a", base_version: 0, value: JSON.parse('{"__proto__": 1}') as unknown }], 400, "invalid_request"],
    ["too large a value", [{ id: "a", base_version: 0, value: "x".repeat(65_536) }], 413, "body_too_large"],
  ])("with %s is refused", async (_, changes, status, said) => {
    const answer = await post(changes);

    expect([answer.status, await code(answer)]).toEqual([status, said]);
  });

  it("with numbers that grow when they are written is too large for D1, and said to be", async () => {
    const value = `[${Array(2_900).fill("1e20").join(",")}]`;
    const changes = Array.from({ length: 60 }, (_, index) => `{"id":"s${index}","base_version":0,"value":${value}}`);
    const answer = await harness.with(await tokenOf(ADA), "POST", "/sync/settings", `{"changes":[${changes.join(",")}]}`);

    expect([answer.status, await code(answer)]).toEqual([413, "body_too_large"]);
  });
});

describe("a collection", () => {
  it("takes no more conflict copies than its limit, and no push that would lose one", async () => {
    const hundred = (value: string): object[] => Array.from({ length: 100 }, (_, index) => ({ id: `s${index}`, base_version: 0, value }));
    for (const value of ["current", "1", "2", "3", "4", "5"]) await post(hundred(value));
    const answer = await post([{ id: "s0", base_version: 0, value: "one more" }, { id: "new", base_version: 0, value: 1 }]);

    expect([answer.status, await code(answer)]).toEqual([409, "collection_full"]);
    expect((await harness.pull()).items).toHaveLength(100);
    const { conflicts, more_conflicts } = (await harness.status()) as unknown as { conflicts: { conflict_id: string }[]; more_conflicts: boolean };
    expect([conflicts.length, more_conflicts]).toEqual([100, true]);
    const after = conflicts.at(-1)?.conflict_id ?? "";
    const next = await (await harness.ask("GET", `/sync/status?after=${after}`)).json<{ conflicts: unknown[] }>();
    expect(next.conflicts).toHaveLength(100);
  });

  it("takes no more items than its limit, but deletions always", async () => {
    for (let part = 0; part < 20; part += 1) {
      await post(Array.from({ length: 100 }, (_, index) => ({ id: `s${part}.${index}`, base_version: 0, value: 1 })));
    }
    const answer = await post([{ id: "one-more", base_version: 0, value: 1 }]);
    expect([answer.status, await code(answer)]).toEqual([409, "collection_full"]);

    expect(await harness.push("s0.0", 1, undefined)).toMatchObject({ status: "applied" });
    expect(await harness.push("one-more", 0, 1)).toMatchObject({ status: "applied" });
  });

  it("that was set back says so to who has seen more", async () => {
    await harness.push("a", 0, 1);
    const answer = await harness.ask("GET", "/sync/settings?since=99");

    expect([answer.status, await code(answer)]).toEqual([409, "cursor_unknown"]);
  });

  it("is said to be out while D1 is", async () => {
    harness.db.outage = "D1 DB is overloaded.";
    for (const path of ["/sync/settings", "/sync/status", "/sync/knowledge", "/sync/knowledge/a"]) {
      const answer = await harness.ask("GET", path);
      expect([answer.status, await code(answer)], path).toEqual([503, "database_unavailable"]);
    }
  });
});
