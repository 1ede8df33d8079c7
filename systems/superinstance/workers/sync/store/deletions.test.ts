import { beforeEach, describe, expect, it, vi } from "vitest";

import type * as Collections from "../collections";
import { code, harness, useHarness } from "../harness";

useHarness();

const MOST = 300;
vi.mock("../collections", async (original) => {
  const real = await original<typeof Collections>();
  return { ...real, limitsOf: (collection: Collections.Collection) => ({ ...real.limitsOf(collection), items: MOST }) };
});

const A_PUSH = 100;

interface Page {
  items: { id: string; version: number; deleted: boolean }[];
  cursor: number | string;
  started: number;
  more: boolean;
}

async function page(query = ""): Promise<Page> {
  const answer = await harness.ask("GET", `/sync/settings?${query}`);
  if (answer.status !== 200) throw new Error(await code(answer));
  return answer.json<Page>();
}

/** Everything that a client hears of which pulls from *since* on. */
async function pulled(since = 0): Promise<Page["items"]> {
  const [items, first] = [[] as Page["items"], await page(`since=${since}`)];
  for (let each = first; ; each = await page(`since=${each.cursor}&started=${each.started}`)) {
    items.push(...each.items);
    if (!each.more) return items;
  }
}

/** Make *count* settings and delete them, named after *name*. */
async function makeAndDelete(name: string, count: number): Promise<void> {
  for (let from = 0; from < count; from += A_PUSH) {
    const ids = Array.from({ length: Math.min(A_PUSH, count - from) }, (_, index) => `${name}${from + index}`);
    const made = await push(ids.map((id) => ({ id, base_version: 0, value: 1 })));
    await push(made.map(({ id, version }) => ({ id, base_version: version, deleted: true })));
  }
}

async function push(changes: object[]): Promise<{ id: string; version: number }[]> {
  const answer = await harness.ask("POST", "/sync/settings", { changes });
  expect(answer.status).toBe(200);
  return (await answer.json<{ results: { id: string; version: number }[] }>()).results;
}

function remembered(): unknown[] {
  return harness.db.rows("SELECT deletions, (SELECT COUNT(*) FROM sync_items WHERE deleted = 1) AS rows FROM sync_usage");
}

describe("deletions are remembered as many as there may be items (SI-5)", () => {
  let cursor: number | string;

  beforeEach(async () => {
    await harness.push("stays", 0, "here");
    for (const base of [0, 1, 2]) await harness.push("old", base, base);
    cursor = (await page()).cursor;
    await harness.push("old", 3, undefined);
    await makeAndDelete("s", MOST - 1);
  });

  it("and no more", async () => {
    expect(remembered()).toEqual([{ deletions: MOST, rows: MOST }]);
    await makeAndDelete("t", 7);

    expect(remembered()).toEqual([{ deletions: MOST, rows: MOST }]);
    expect((await harness.status()).collections["settings"]).toMatchObject({ items: 1, bytes: 6 });
  });

  it("and who has missed one that is forgotten is told to pull everything, in pages", async () => {
    expect((await page(`since=${cursor}`)).more).toBe(true);
    await makeAndDelete("t", 1);
    const late = await harness.ask("GET", `/sync/settings?since=${cursor}`);

    expect([late.status, await code(late)]).toEqual([409, "cursor_expired"]);
    const all = await pulled();
    expect(all.filter(({ deleted }) => !deleted)).toMatchObject([{ id: "stays" }]);
    expect(all).toHaveLength(1 + MOST);
    expect(await pulled(Number(cursor) + 1)).toHaveLength(MOST);
  });

  it("and a client that gives back the cursor alone gets to the end as well", async () => {
    await makeAndDelete("t", 1);
    const items = [];
    let each = await page("since=0&limit=1");
    expect(each.cursor).toBe(`1-${each.started}`);
    for (; each.more; each = await page(`since=${each.cursor}`)) items.push(...each.items);

    expect([...items, ...each.items]).toHaveLength(1 + MOST);
    expect(each.cursor).toBeTypeOf("number");
  });

  it("and a pull of everything begins anew where it has missed one meanwhile", async () => {
    await makeAndDelete("t", 1);
    const first = await page();
    await makeAndDelete("u", MOST + 1);

    await expect(page(`since=${first.cursor}&started=${first.started}`)).rejects.toThrow("cursor_expired");
    await expect(page(`since=1&started=${first.started + 1e6}`)).rejects.toThrow("cursor_unknown");
  });

  it("and what is made anew under a forgotten id has no version that anybody has seen", async () => {
    await makeAndDelete("t", 1);
    expect(await harness.push("old", 0, "new")).toMatchObject({ status: "applied", version: 5 });

    for (const base of [1, 2, 3, 4]) expect(await harness.push("old", base, "late")).toMatchObject({ status: "conflict", version: 5 });
    expect(await harness.push("old", 0, "new")).toMatchObject({ status: "applied", version: 5 });
    expect(await harness.push("old", 5, "newer")).toMatchObject({ status: "applied", version: 6 });
  });
});
