import { describe, expect, it, vi } from "vitest";

import { ADA, beginAnew, harness, tokenOf, useHarness } from "../harness";
import { Client, type Chance, type Told } from "./client";

/** Runs; `SYNC_INTERLEAVINGS` says another number. */
const environment = (globalThis as unknown as { process: { env: Record<string, string | undefined> } }).process.env;
const RUNS = Number(environment["SYNC_INTERLEAVINGS"] ?? "40");
const STEPS = 12;
const HOUR = 3_600_000;

useHarness("setTimeout", "clearTimeout");

function chanceOf(seed: number): Chance {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32;
  };
}

/** Whoever writes is held up here and there: mostly a moment, at times for longer than a lock lasts. */
function heldUp(next: Chance): () => Promise<void> {
  return async () => {
    const way = next();
    if (way < 0.7) for (let ticks = 0; ticks < way * 10; ticks += 1) await Promise.resolve();
    else if (way < 0.97) await new Promise((resolve) => setTimeout(resolve, next() * 200));
    else await new Promise((resolve) => setTimeout(resolve, 31_000 + next() * 9_000));
  };
}

/** Faults come where they may: transactions that fail, or are not confirmed, and objects that leave memory. */
function faults(next: Chance): void {
  const way = next();
  if (way < 0.1) harness.db.faults.push(next() < 0.5 ? "refused" : "unconfirmed");
  else if (way < 0.15) harness.states.evict();
}

async function live(client: Client, next: Chance): Promise<void> {
  for (let step = 0; step < STEPS; step += 1) {
    faults(next);
    await client.step();
  }
}

/** Run to the end, whatever waits for the clock. */
async function driven(all: Promise<unknown>): Promise<void> {
  const running = { done: false };
  const over = all.finally(() => {
    running.done = true;
  });
  while (!running.done) await vi.advanceTimersByTimeAsync(100);
  await over;
}

async function interleaved(seed: number): Promise<Client[]> {
  const token = await tokenOf(ADA, { exp: Math.floor(Date.now() / 1000) + 100 * 3_600 });
  const next = chanceOf(seed);
  const clients = ["one", "two"].map((name, index) => new Client(name, token, chanceOf(seed * 2 + index + 1_000_000)));
  harness.db.pace = heldUp(next);
  harness.states.pace = heldUp(next);
  await driven(Promise.all(clients.map((client) => live(client, next))));
  // What is still held up somewhere comes in at last.
  await driven(new Promise((resolve) => setTimeout(resolve, HOUR / 4)));
  harness.db.faults.length = 0;
  return clients;
}

/** What is where: the value of each item by version, and of each copy. */
function kept(): { items: Map<string, { version: number; value: string | null }>; copies: Map<string, string | null> } {
  const bytes = (key: unknown): string | null => {
    const stored = harness.knowledge.objects.get(String(key));
    return stored === undefined ? null : new TextDecoder().decode(stored.bytes);
  };
  const valueOf = ({ deleted, content, object_key }: Record<string, unknown>): string | null => {
    if (deleted === 1) return null;
    return typeof content === "string" ? (JSON.parse(content) as string) : bytes(object_key);
  };
  const items = harness.db.rows("SELECT item_id, version, deleted, content, object_key FROM sync_items");
  const copies = harness.db.rows("SELECT conflict_id, deleted, content, object_key FROM sync_conflicts");
  return {
    items: new Map(items.map((row) => [String(row["item_id"]), { version: Number(row["version"]), value: valueOf(row) }])),
    copies: new Map(copies.map((row) => [String(row["conflict_id"]), valueOf(row)])),
  };
}

/** What has become of what was pushed: a sentence for each value that was lost. */
function lost(clients: readonly Client[]): string[] {
  const { items, copies } = kept();
  const attempts = clients.flatMap((client) => client.attempts);
  const isOverwritten = (each: Told): boolean =>
    attempts.some(({ item, base, seen }) => item === each.item && base === each.version && seen === each.value);
  const conflicts = clients.flatMap((client) => client.told).filter(({ status }) => status === "conflict");
  // By one that was applied, or of which nobody was told what became of it.
  const isSettled = (id: string): boolean =>
    attempts.some(({ resolves, item, base, value }) => {
      const hasLost = conflicts.some((each) => each.item === item && each.base === base && each.value === value);
      return resolves.includes(id) && !hasLost;
    });
  const isKept = (each: Told): boolean => {
    if (each.status === "conflict") {
      const id = each.conflictId ?? "";
      return copies.get(id) === each.value || isSettled(id);
    }
    const current = items.get(each.item);
    // What was deleted already, or never was: that is no new version.
    if (each.version !== each.base + 1) return each.value === null;
    if (current === undefined) return false;
    return current.version === each.version ? current.value === each.value : current.version > each.version && isOverwritten(each);
  };
  return clients.flatMap((client) => client.told).filter((each) => !isKept(each)).map((each) => JSON.stringify(each));
}

/** Versions that were given to two values. */
function twice(clients: readonly Client[]): string[] {
  const given = new Map<string, string | null>();
  const clashes: string[] = [];
  for (const { status, item, version, value } of clients.flatMap((client) => client.told)) {
    if (status !== "applied") continue;
    const key = `${item} ${version}`;
    if (given.has(key) && given.get(key) !== value) clashes.push(key);
    given.set(key, value);
  }
  return clashes;
}

function counted(): unknown[] {
  const usage = harness.db.rows("SELECT collection, items, bytes, copies FROM sync_usage WHERE items + bytes + copies > 0 ORDER BY collection");
  const found = harness.db.rows(`
    SELECT collection, SUM(item) AS items, SUM(size) AS bytes, SUM(copy) AS copies FROM (
      SELECT collection, 1 - deleted AS item, size, 0 AS copy FROM sync_items
      UNION ALL SELECT collection, 0, size, 1 FROM sync_conflicts)
    GROUP BY collection HAVING SUM(item) + SUM(size) + SUM(copy) > 0 ORDER BY collection`);
  return [usage, found];
}

describe("two clients", () => {
  it(`lose no update, in ${RUNS} interleavings by chance (SI-5)`, async () => {
    const met = { applied: 0, conflict: 0 };
    for (let seed = 1; seed <= RUNS; seed += 1) {
      beginAnew();
      const clients = await interleaved(seed);

      expect(lost(clients), `seed ${seed}`).toEqual([]);
      expect(twice(clients), `seed ${seed}`).toEqual([]);
      const [usage, found] = counted();
      expect(usage, `seed ${seed}`).toEqual(found);
      await driven(harness.later(2 * HOUR).then(() => harness.later(2 * HOUR)));
      expect(harness.objects, `seed ${seed}`).toEqual([...harness.known("sync_items"), ...harness.known("sync_conflicts")].sort());
      expect(harness.known("sync_objects"), `seed ${seed}`).toEqual([]);
      for (const { status } of clients.flatMap((client) => client.told)) met[status] += 1;
    }
    expect(Math.min(met.applied, met.conflict), JSON.stringify(met)).toBeGreaterThan(RUNS);
  }, 600_000);
});
