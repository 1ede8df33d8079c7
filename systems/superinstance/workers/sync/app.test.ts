import { describe, expect, it } from "vitest";

import { ADA, code, harness, useHarness } from "./harness";

useHarness();

describe("settings", () => {
  it("are pulled as they were pushed, and what was deleted with them (SI-5)", async () => {
    expect(await harness.push("theme", 0, { name: "dark" })).toEqual({ id: "theme", status: "applied", version: 1, deleted: false, conflict_id: null });
    await harness.push("font", 0, "mono");
    await harness.push("theme", 1, undefined);

    const { items, cursor, more } = await harness.pull();

    expect(items).toMatchObject([
      { id: "font", version: 1, deleted: false, value: "mono" },
      { id: "theme", version: 2, deleted: true },
    ]);
    expect([more, (await harness.pull(cursor)).items]).toEqual([false, []]);
  });

  it("come in pages, each change once", async () => {
    const changes = Array.from({ length: 5 }, (_, index) => ({ id: `s${index}`, base_version: 0, value: index }));
    await harness.ask("POST", "/sync/settings", { changes });
    const seen: string[] = [];
    let since = 0;
    for (;;) {
      const page = await (await harness.ask("GET", `/sync/settings?since=${since}&limit=2`)).json<Awaited<ReturnType<typeof harness.pull>>>();
      seen.push(...page.items.map(({ id }) => id));
      since = page.cursor;
      if (!page.more) break;
    }

    expect(seen).toEqual(["s0", "s1", "s2", "s3", "s4"]);
  });

  it("are a conflict copy where the current version was not seen", async () => {
    await harness.push("theme", 0, "dark");
    const lost = await harness.push("theme", 0, "light");

    expect(lost).toMatchObject({ status: "conflict", version: 1 });
    const { conflicts } = await harness.status();
    expect(conflicts).toMatchObject([{ conflict_id: lost["conflict_id"], item_id: "theme", name: "theme (conflict of laptop, 2026-11-29T12:00:00.000Z)" }]);
    const copy = await (await harness.ask("GET", `/sync/conflicts/${String(lost["conflict_id"])}`)).json();
    expect(copy).toMatchObject({ value: "light", base_version: 0 });
    expect((await harness.pull()).items).toMatchObject([{ value: "dark" }]);
  });

  it("are nobody else's", async () => {
    await harness.push("theme", 0, "dark");

    expect((await harness.pull(0, "eve")).items).toEqual([]);
    expect(await harness.push("theme", 0, "light", {}, "eve")).toMatchObject({ status: "applied", version: 1 });
    expect((await harness.pull(0, ADA)).items).toMatchObject([{ value: "dark" }]);
  });
});

describe("knowledge", () => {
  it("is pulled as it was pushed, and a loser keeps its bytes", async () => {
    const first = await harness.ask("PUT", "/sync/knowledge/notes.md?base_version=0", new Uint8Array([1, 2, 3]));
    expect([first.status, first.headers.get("ETag"), await first.json()]).toMatchObject([200, '"1"', { status: "applied" }]);

    const second = await harness.ask("PUT", "/sync/knowledge/notes.md?base_version=0", new Uint8Array([4]));
    expect(second.status).toBe(409);
    const { conflict_id } = await second.json<{ conflict_id: string }>();

    const read = await harness.ask("GET", "/sync/knowledge/notes.md");
    expect([...new Uint8Array(await read.arrayBuffer())]).toEqual([1, 2, 3]);
    const copy = await harness.ask("GET", `/sync/conflicts/${conflict_id}`);
    expect([...new Uint8Array(await copy.arrayBuffer())]).toEqual([4]);
    expect((await harness.ask("GET", "/sync/knowledge/notes.md", undefined, ADA, { "If-None-Match": '"1"' })).status).toBe(304);
  });
});

describe("anybody without a token", () => {
  it("sees nothing but health and the reference", async () => {
    for (const path of ["/sync/settings", "/sync/status", "/sync/nothing"]) {
      const answer = await harness.with(null, "GET", path);
      expect([answer.status, await code(answer)]).toEqual([401, "unauthorized"]);
    }
    expect((await harness.with(null, "GET", "/health")).status).toBe(200);
    expect(await (await harness.with(null, "GET", "/docs")).text()).toContain("# API of SuperInstance sync");
  });
});
