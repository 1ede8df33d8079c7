import { beforeEach, expect, it, vi, type MockInstance } from "vitest";

import { EdgeCache } from "./edge_cache";
import { FakeCache } from "./testing/cache";

const ORIGIN = "https://id.example";
let now: number;
let here: FakeCache;
let cache: EdgeCache;
let warned: MockInstance;

beforeEach(() => {
  now = 0;
  here = new FakeCache(() => now);
  cache = new EdgeCache(ORIGIN, "records", () => here);
  warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

it("keeps JSON as long as it is told, under a key of its room and its own host", async () => {
  await cache.keep("a/b?c", { n: 1 }, 60);

  expect([...here.kept.keys()]).toEqual([`${ORIGIN}/.edge-cache/records/a%2Fb%3Fc`]);
  now = 59_999;
  expect(await cache.read("a/b?c")).toEqual({ n: 1 });
  expect(await new EdgeCache(ORIGIN, "tokens", () => here).read("a/b?c")).toBeUndefined();
  now = 60_000;
  expect(await cache.read("a/b?c")).toBeUndefined();
});

it("forgets what it is told to", async () => {
  await cache.keep("a", 1, 60);
  await cache.forget("a");

  expect(await cache.read("a")).toBeUndefined();
});

it("takes a cache that fails for one that has nothing, and says so in the log", async () => {
  await cache.keep("a", 1, 60);
  here.outage = true;

  expect(await cache.read("a")).toBeUndefined();
  await cache.keep("a", 2, 60);
  await cache.forget("a");
  expect(warned.mock.calls.map(String).join("\n")).toMatch(/match[^]*put[^]*delete/);
  here.outage = false;
  expect(await cache.read("a")).toBe(1);
});

it("is that of the data centre unless another is given", async () => {
  vi.stubGlobal("caches", { default: here });
  await new EdgeCache(ORIGIN, "records").keep("a", 1, 60);

  expect(here.kept.size).toBe(1);
});
