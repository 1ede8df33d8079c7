import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Harness, HOST, KEY, WEBHOOK } from "./harness";

let watch: Harness;

beforeEach(() => {
  watch = new Harness();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

const WELL = { total: 100, failed: 0, p95: 50 };
const NO_CHECKS_FAIL = { total: 10, failed: 0 };

describe("the rules (PA-13)", () => {
  const down = ["pagerduty trigger service_down", "slack begins service_down", "slack begins checks_fail"];
  const up = ["pagerduty resolve service_down", "slack resolved service_down", "slack resolved checks_fail"];

  it.each([
    { what: "three failed checks of health", checks: { total: 10, failed: 3 }, usage: WELL, begins: down, ends: up },
    {
      what: "more than 5 % errors",
      checks: NO_CHECKS_FAIL,
      usage: { total: 100, failed: 6, p95: 50 },
      begins: ["pagerduty trigger errors_page", "slack begins errors_warn"],
      ends: ["pagerduty resolve errors_page", "slack resolved errors_warn"],
    },
    {
      what: "more than 2 % errors",
      checks: NO_CHECKS_FAIL,
      usage: { total: 100, failed: 5, p95: 50 },
      begins: ["slack begins errors_warn"],
      ends: ["slack resolved errors_warn"],
    },
    {
      what: "a 95th percentile of more than 500 ms",
      checks: NO_CHECKS_FAIL,
      usage: { total: 100, failed: 0, p95: 500.1 },
      begins: ["pagerduty trigger slow"],
      ends: ["pagerduty resolve slow"],
    },
  ])("tell of $what once, and of its end", async ({ checks, usage, begins, ends }) => {
    await watch.minutes(2);
    expect(watch.heard()).toEqual([]);

    Object.assign(watch, { checks, usage });
    await watch.minutes(1);
    expect(watch.heard().sort()).toEqual([...begins].sort());
    await watch.minutes(60);
    expect(watch.heard()).toEqual([]);

    Object.assign(watch, { checks: NO_CHECKS_FAIL, usage: WELL });
    await watch.minutes(3);
    expect(watch.heard()).toEqual([]);
    await watch.minutes(1);
    expect(watch.heard().sort()).toEqual([...ends].sort());
    await watch.minutes(60);
    expect(watch.heard()).toEqual([]);
  });

  it.each([
    { what: "two failed checks", checks: { total: 10, failed: 2 }, usage: WELL },
    { what: "2 % errors", checks: NO_CHECKS_FAIL, usage: { total: 100, failed: 2, p95: 50 } },
    { what: "500 ms", checks: NO_CHECKS_FAIL, usage: { total: 100, failed: 0, p95: 500 } },
    { what: "one error of one request", checks: NO_CHECKS_FAIL, usage: { total: 1, failed: 1, p95: 9000 } },
  ])("do not tell of $what", async ({ checks, usage }) => {
    Object.assign(watch, { checks, usage });
    await watch.minutes(30);

    expect(watch.heard()).toEqual([]);
  });

  it("read numbers that come as text", async () => {
    watch.usage = { total: 100, failed: 0, p95: 50 };
    watch.checks = { total: "9007199254740993", failed: "3" };
    await watch.minutes(1);

    expect(watch.heard()).toContain("pagerduty trigger service_down");
  });

  it("add up what points stand for, and count none", async () => {
    await watch.minutes(1);

    for (const sql of watch.queries) {
      expect(sql).toContain("sum(_sample_interval) AS total");
      expect(sql).not.toMatch(/count\(|avg\(/);
    }
    expect(watch.queries.join("\n")).toContain("quantileExactWeighted(0.95)(double2, _sample_interval)");
  });
});

describe("an alert that lasts", () => {
  beforeEach(async () => {
    watch.checks = { total: 10, failed: 10 };
    await watch.minutes(1);
    watch.heard();
  });

  it("is told again after four hours, under the same key", async () => {
    await watch.minutes(239);
    expect(watch.heard()).toEqual([]);
    await watch.minutes(1);

    expect(watch.heard().sort()).toEqual(["pagerduty trigger service_down", "slack goes on checks_fail", "slack goes on service_down"]);
  });

  it("does not end while it flaps", async () => {
    for (let round = 0; round < 10; round += 1) {
      watch.checks = NO_CHECKS_FAIL;
      await watch.minutes(2);
      watch.checks = { total: 10, failed: 10 };
      await watch.minutes(1);
    }

    expect(watch.heard()).toEqual([]);
  });

  it("is another one with another key after its end", async () => {
    const keys = new Set<unknown>();
    for (let round = 0; round < 2; round += 1) {
      watch.checks = NO_CHECKS_FAIL;
      await watch.minutes(4);
      watch.checks = { total: 10, failed: 10 };
      await watch.minutes(1);
    }
    for (const { to, body } of watch.told) if (to === "pagerduty") keys.add(`${String(body["event_action"])} ${String(body["dedup_key"])}`);

    expect([...keys].map((each) => String(each).split(" ")[0])).toEqual(["resolve", "trigger", "resolve", "trigger"]);
    expect(new Set([...keys].map((each) => String(each).split(" ")[1])).size).toBe(3);
  });

  it("is not told again by an object that was restarted", async () => {
    watch.state.evict();
    await watch.minutes(5);
    expect(watch.heard()).toEqual([]);

    watch.checks = NO_CHECKS_FAIL;
    await watch.minutes(2);
    watch.state.evict();
    await watch.minutes(2);
    expect(watch.heard()).toContain("pagerduty resolve service_down");
  });

  it("neither ends nor begins while nothing is known", async () => {
    watch.checks = null;
    watch.usage = 500;
    await watch.minutes(14);

    expect(watch.heard()).toEqual([]);
  });
});

describe("two runs that overlap", () => {
  it("tell once", async () => {
    watch.checks = { total: 10, failed: 10 };
    await Promise.all([watch.run(), watch.run(), watch.run()]);

    expect(watch.heard().sort()).toEqual(["pagerduty trigger service_down", "slack begins checks_fail", "slack begins service_down"]);
  });
});

describe("what is not delivered", () => {
  it("is tried again every minute, in order, and told once", async () => {
    watch.taken = { pagerduty: 500, slack: 200 };
    watch.checks = { total: 10, failed: 10 };
    await watch.minutes(1);
    expect(watch.heard().sort()).toEqual(["slack begins checks_fail", "slack begins service_down"]);
    watch.checks = NO_CHECKS_FAIL;
    await watch.minutes(10);
    expect(watch.heard().sort()).toEqual(["slack resolved checks_fail", "slack resolved service_down"]);

    watch.taken.pagerduty = 202;
    await watch.minutes(1);
    expect(watch.heard()).toEqual(["pagerduty trigger service_down", "pagerduty resolve service_down"]);
    await watch.minutes(5);
    expect(watch.heard()).toEqual([]);
  });

  it("holds back the end that comes after it", async () => {
    watch.refused = "trigger";
    watch.usage = { total: 100, failed: 0, p95: 900 };
    await watch.minutes(1);
    watch.usage = WELL;
    await watch.minutes(10);
    expect(watch.heard()).toEqual([]);

    watch.refused = "";
    await watch.minutes(1);
    expect(watch.heard()).toEqual(["pagerduty trigger slow", "pagerduty resolve slow"]);
  });

  it("is given up after a day, which is in the log", async () => {
    watch.taken.pagerduty = 400;
    watch.limit({ remind_hours: 0 });
    watch.usage = { total: 100, failed: 0, p95: 900 };
    await watch.minutes(1);
    watch.now += 24 * 3_600_000;
    await watch.minutes(1);
    watch.taken.pagerduty = 202;
    watch.usage = WELL;
    await watch.minutes(5);

    expect(watch.log).toContain('"event":"alert_given_up"');
    expect(watch.heard()).not.toContain("pagerduty trigger slow");
  });

  it("is kept of no key or address in the log", async () => {
    watch.taken = { pagerduty: 400, slack: 404 };
    watch.usage = 401;
    watch.checks = { total: 10, failed: 10 };
    watch.answer = () => Promise.reject(new Error(`could not reach ${HOST} with canary-service-token`));
    await watch.minutes(20);

    expect(watch.log).toContain("alert_not_delivered");
    expect(watch.log).toContain("the SQL API answered 401");
    expect(watch.log).not.toMatch(/canary/);
    expect(JSON.stringify(watch.points)).not.toMatch(/canary/);
  });
});

describe("nothing to judge by", () => {
  it.each([
    ["empty datasets", null],
    ["a query that fails", 503],
    ["no points in the window", { total: 0, failed: 0, p95: null }],
  ])("is said by itself: %s", async (_, answer) => {
    Object.assign(watch, { checks: answer, usage: answer });
    await watch.minutes(15);
    expect(watch.heard()).toEqual([]);
    await watch.minutes(1);
    expect(watch.heard()).toEqual(["slack begins no_data"]);

    Object.assign(watch, { checks: NO_CHECKS_FAIL, usage: WELL });
    await watch.minutes(4);
    expect(watch.heard()).toEqual(["slack resolved no_data"]);
  });
});

describe("who is told", () => {
  it("is only who has a secret", async () => {
    watch.env.PAGERDUTY_API_KEY = "";
    watch.checks = { total: 10, failed: 10 };
    await watch.minutes(2);

    expect(watch.heard().sort()).toEqual(["slack begins checks_fail", "slack begins service_down"]);
  });

  it("is nobody where the datasets may not be read", async () => {
    watch.env.ANALYTICS_TOKEN = "";
    watch.checks = { total: 10, failed: 10 };
    await watch.minutes(30);

    expect(watch.heard()).toEqual([]);
    expect(watch.queries).toEqual([]);
  });

  it("gets the key that leads to it, and the host the event is about", async () => {
    watch.checks = { total: 10, failed: 10 };
    await watch.minutes(1);
    const event = watch.told.find(({ to }) => to === "pagerduty")?.body;

    expect(event).toMatchObject({
      routing_key: KEY,
      payload: { source: "project-awareness.example", severity: "critical", class: "service_down" },
    });
    expect(JSON.stringify(watch.told)).not.toContain(WEBHOOK);
  });
});
