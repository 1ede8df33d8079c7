import { expect, it, vi } from "vitest";

import ids from "../../../migrations/chittyid/001_ids.sql?raw";
import { EdgeCache } from "#lib/edge_cache";
import { FakeCache } from "#lib/testing/cache";
import { FakeD1 } from "#lib/testing/d1";
import { FakeKv } from "#lib/testing/kv";
import { StoreState } from "../quota";
import { IdCopies } from "./copies";
import { readId } from "./forms";
import { IdReader } from "./reader";
import { IdTable } from "./table";

// A day as the configuration expects it by default (systems/chittyid/settings.py).
const LOOKUPS = 100_000;
const MINTS = 500;
const KV_READS = 10_000;
const KV_WRITES = 500;
// Ids of earlier days that are still asked for, and where from.
const EARLIER = 1_000;
const DATA_CENTRES = 5;
const DAY_MS = 86_400_000;
// The worker asks KV for its health at most every five minutes in each place.
const HEALTH_READS = DATA_CENTRES * 288;

/** The same numbers on every run, 0 to 1. */
function* chances(): Generator<number, never> {
  let state = 20_261_129;
  for (;;) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

/** ChittyID's stores, with the cache of as many data centres as there are. */
class World {
  now = Date.parse("2026-11-29T00:00:00Z");
  readonly minted: string[] = [];
  readonly kv = new FakeKv(() => this.now);
  readonly reads = vi.spyOn(this.kv, "get");
  private readonly table = new IdTable(new FakeD1(ids).binding, () => this.now);
  private readonly places = Array.from({ length: DATA_CENTRES }, () => new FakeCache(() => this.now));

  async mint(): Promise<void> {
    const minting = { entityType: "EVNT", tokenId: "pipeline", idempotencyKey: null };
    this.minted.push((await this.table.mint(minting)).record.chittyId);
  }

  /** Look *chittyId* up in the data centre *place*, and wait for what is done behind the answer. */
  async find(chittyId: string, place: number): Promise<void> {
    const background: Promise<unknown>[] = [];
    const clock = (): number => this.now;
    const reading = readId(chittyId);
    if (!reading.valid || reading.form !== "minted") throw new Error(chittyId);
    const reader = new IdReader({
      cache: new EdgeCache("https://id.chitty.cc", "ids", () => this.places[place] as FakeCache),
      copies: new IdCopies(this.kv.binding, { read: new StoreState(clock), write: new StoreState(clock) }),
      table: this.table,
      database: new StoreState(clock),
      now: clock,
      later: (work) => background.push(work),
    });
    const found = await reader.find(reading);
    if (found === undefined) throw new Error(`${chittyId} was lost`);
    await Promise.all(background);
  }
}

it("asks KV for a tenth of a day's look-ups, or less, and writes each new id once", { timeout: 60_000 }, async () => {
  const world = new World();
  for (let count = 0; count < EARLIER; count++) await world.mint();
  for (const [index, chittyId] of world.minted.entries()) await world.find(chittyId, index % DATA_CENTRES);
  world.now += DAY_MS;
  world.reads.mockClear();
  world.kv.writes = 0;
  const chance = chances();

  for (let count = 0; count < LOOKUPS; count++) {
    world.now += DAY_MS / LOOKUPS;
    if (count % (LOOKUPS / MINTS) === 0) await world.mint();
    // Few ids are asked for often, most seldom: the n-th, newest first, about 1/n as often as the first.
    const rank = Math.floor(world.minted.length ** chance.next().value);
    await world.find(world.minted.at(-rank) ?? "", Math.floor(chance.next().value * DATA_CENTRES));
  }

  expect(world.reads.mock.calls.length + HEALTH_READS).toBeLessThanOrEqual(KV_READS);
  expect(world.kv.writes).toBeLessThanOrEqual(KV_WRITES);
  expect(world.kv.writes).toBeGreaterThan(MINTS / 2);
});
