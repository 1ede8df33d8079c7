import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { code, harness, HOST, LOAD_KEY, START, statuses, useHarness } from "../harness";
import { addressKey } from "./address";
import { take, type Level } from "./bucket";
import { Buckets } from "./buckets";
import { grant } from "./signed";

stubRuntime();
useHarness();

const SECONDS = START / 1000;

describe("a token bucket", () => {
  it("lets through a burst at once, then what its rate fills", () => {
    let level: Level | undefined;
    const rate = { perMinute: 60, burst: 10 };
    const granted = (now: number, tries: number): number => {
      let count = 0;
      for (let index = 0; index < tries; index++) {
        const taken = take(level, rate, now);
        level = taken.level;
        if (taken.wait === 0) count += 1;
      }
      return count;
    };

    expect([granted(0, 20), granted(999, 20), granted(1_000, 20), granted(6_000, 20), granted(600_000, 20)]).toEqual([10, 0, 1, 5, 10]);
    expect(take(level, rate, 600_000).wait).toBe(1);
    expect(take({ left: 0, at: 0 }, { perMinute: 1, burst: 1 }, 0).wait).toBe(60);
  });

  it("is not filled by a clock that goes back", () => {
    expect(take({ left: 0, at: 10_000 }, { perMinute: 60, burst: 10 }, 0).wait).toBe(1);
  });

  it("is forgotten when it is full, and never are there more than ten thousand", () => {
    let now = 0;
    const buckets = new Buckets(() => now);
    for (let index = 0; index < 10_000; index++) buckets.take(String(index), { perMinute: 60, burst: 2 });
    now = 60_000;
    buckets.take("new", { perMinute: 60, burst: 2 });
    expect(buckets.size).toBe(1);

    for (let index = 0; index < 12_000; index++) buckets.take(String(index), { perMinute: 60, burst: 2 });
    expect(buckets.size).toBe(10_000);
  });
});

it.each([
  ["203.0.113.7", "203.0.113.7"],
  ["2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"],
  ["2001:DB8::1", "2001:db8:0:0::/64"],
  ["2001:0db8:0000:0001::", "2001:db8:0:1::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::ffff:203.0.113.7", "203.0.113.7"],
])("an address %s is counted as %s", (address, key) => {
  expect(addressKey(address)).toBe(key);
});

describe("the limits of an address (PA-9)", () => {
  it.each([
    ["/health", 100],
    ["/api/projects/suggestions?platform=test", 50],
    ["/api/sessions/statistics", 25],
    ["/api/auth/session", 10],
  ])("hold %s to a burst of %i", async (path, burst) => {
    const seen = await statuses(burst + 20, () => harness.ask("GET", path, { as: "claude" }));
    const others = await harness.ask("GET", path, { as: "claude", address: "203.0.113.8" });

    expect(seen).toEqual({ 200: burst, 429: 20 });
    expect(others.status).toBe(200);
  });

  it("say when to come again, and are counted", async () => {
    await statuses(10, () => harness.ask("GET", "/api/auth/session"));
    const answer = await harness.ask("GET", "/api/auth/session");

    expect([answer.headers.get("Retry-After"), await code(answer)]).toEqual(["1", "rate_limited"]);
    expect(harness.pointsOf("security")).toContainEqual(["rate_limit_triggers", "rate_limit_triggers", "auth", "/api/auth/session"]);
    await harness.later(1_000);
    expect((await harness.ask("GET", "/api/auth/session")).status).toBe(401);
  });

  it("are those of the configuration", async () => {
    await harness.start({ RATE_LIMITS: '{"all":[5000,100],"auth":[60,2]}' });

    expect(await statuses(5, () => harness.ask("GET", "/api/auth/session", { as: "claude" }))).toEqual({ 200: 2, 429: 3 });
  });

  it("of /api/auth hold when its object has left memory, and are forgotten later", async () => {
    await statuses(10, () => harness.ask("GET", "/api/auth/session", { as: "claude" }));
    harness.guards.evict();
    expect((await harness.ask("GET", "/api/auth/session", { as: "claude" })).status).toBe(429);

    await harness.later(120_000);
    await harness.later(120_000);
    expect(harness.guards.states.get("203.0.113.7")).toMatchObject({ alarm: undefined, values: new Map() });
  });

  it("spare who has a cookie of /api/auth/verify, not who has made one (PA-9)", async () => {
    const verified = await harness.ask("POST", "/api/auth/verify", { as: "claude" });
    const cookie = verified.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    const forged = `${cookie.slice(0, -1)}${cookie.endsWith("0") ? "1" : "0"}`;
    const asWith = (Cookie: string) => () => harness.ask("GET", "/api/auth/session", { as: "claude", headers: { Cookie } });

    expect(await statuses(30, asWith(cookie))).toEqual({ 200: 30 });
    expect(await statuses(30, asWith(forged))).toEqual({ 200: 9, 429: 21 });
    await harness.later(901_000);
    expect(await statuses(30, asWith(cookie))).toEqual({ 200: 10, 429: 20 });
  });
});

describe("whoever is no assistant and shows no good token (PA-8)", () => {
  const ask = (agent: string, headers: object = {}, as?: "claude") => () =>
    harness.ask("GET", "/api/info", { as, headers: { "User-Agent": agent, ...headers } });

  it("asks /api/ a hundred times a minute", async () => {
    await harness.start({ RATE_LIMITS: '{"all":[2000,1000]}' });

    expect(await statuses(150, ask("curl/8"))).toEqual({ 200: 100, 429: 50 });
  });

  it.each(["Claude-User/1.0", "Mozilla/5.0 (compatible; ChatGPT-User/1.0; +https://openai.com/bot)", "OpenAI/1"])(
    "is not meant: %s",
    async (agent) => {
      await harness.start({ RATE_LIMITS: '{"all":[2000,1000]}' });

      expect(await statuses(150, ask(agent))).toEqual({ 200: 150 });
    },
  );

  it("is not meant either with a token, if it is good", async () => {
    await harness.start({ RATE_LIMITS: '{"all":[2000,1000]}' });

    expect(await statuses(150, ask("curl/8", {}, "claude"))).toEqual({ 200: 150 });
    expect(await statuses(150, ask("curl/8", { Authorization: "Bearer made-up" }))).toEqual({ 200: 100, 429: 50 });
  });
});

describe("a credential of a load test", () => {
  const ask = (credential: string) => () =>
    harness.ask("GET", "/api/auth/session", { as: "claude", headers: { "X-Load-Test": credential } });

  it("lifts limits, for an hour at most", async () => {
    expect(await statuses(200, ask(await grant("load-test", LOAD_KEY, SECONDS + 3600)))).toEqual({ 200: 200 });
    expect(await statuses(20, ask(await grant("load-test", LOAD_KEY, SECONDS + 7200)))).toEqual({ 200: 10, 429: 10 });
  });

  it.each<[string, () => Promise<string>]>([
    ["of another key", () => grant("load-test", "another-key", SECONDS + 60)],
    ["that is over", () => grant("load-test", LOAD_KEY, SECONDS)],
    ["for something else", () => grant("verified-session", LOAD_KEY, SECONDS + 60)],
    ["that is none", () => Promise.resolve("yes")],
  ])("lifts nothing %s", async (_, make) => {
    expect(await statuses(20, ask(await make()))).toEqual({ 200: 10, 429: 10 });
  });

  it("lifts nothing in production, nor without a key", async () => {
    const credential = await grant("load-test", LOAD_KEY, SECONDS + 60);
    await harness.start({ ENVIRONMENT: "production" });
    expect(await statuses(20, ask(credential))).toEqual({ 200: 10, 429: 10 });

    await harness.later(600_000);
    await harness.start();
    Reflect.deleteProperty(harness.env, "LOAD_TEST_KEY");
    expect(await statuses(20, ask(await grant("load-test", LOAD_KEY, SECONDS + 660)))).toEqual({ 200: 10, 429: 10 });
  });
});

describe("sessions of an address (PA-3)", () => {
  it("are 25 at most, whoever they are of", async () => {
    await harness.start({ RATE_LIMITS: '{"sessions":[500,500]}' });
    let index = 0;
    const seen = await statuses(30, () => harness.register(index % 2 ? "claude" : "other", `s-${index++}`));

    expect(seen).toEqual({ 201: 25, 429: 5 });
    expect(await code(await harness.register("claude", "s-99"))).toBe("too_many_sessions");
    expect((await harness.register("other", "s-0")).status).toBe(201);
    expect((await harness.register("claude", "s-99", { address: "203.0.113.8" })).status).toBe(201);
  });

  it("make room when they end, by themselves too", async () => {
    await harness.start({ MAX_SESSIONS_PER_IP: "1" });
    await harness.register("claude", "s-1");
    expect((await harness.register("claude", "s-2")).status).toBe(429);

    expect((await harness.ask("DELETE", "/api/sessions/s-1", { as: "claude" })).status).toBe(204);
    expect((await harness.register("claude", "s-2")).status).toBe(201);

    await harness.later(3_600_000);
    expect((await harness.register("claude", "s-3")).status).toBe(201);
  });
});

it("objects are made near to who asks (PA-4)", async () => {
  const places = [
    [{ continent: "NA", longitude: "-122.3" }, "wnam"],
    [{ continent: "NA", longitude: "-74.0" }, "enam"],
    [{ continent: "EU", longitude: "2.3" }, "weur"],
    [{ continent: "EU", longitude: "30.5" }, "eeur"],
    [{ continent: "AS", longitude: "139.7" }, "apac"],
    [{}, undefined],
  ] as const;
  for (const [cf] of places) await harness.ask("POST", "/api/sessions/register", { as: "claude", body: { platform: "test", session_id: "s" }, cf });

  expect(harness.sessions.asked.map(({ locationHint }) => locationHint)).toEqual(places.map(([, hint]) => hint));
  expect(new Set(harness.sessions.asked.map(({ name }) => name))).toEqual(new Set(["owner:CHITTY-1"]));
  expect(HOST).toContain("https");
});
