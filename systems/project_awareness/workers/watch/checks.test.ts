import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Harness, HOST } from "./harness";

let watch: Harness;

beforeEach(() => {
  watch = new Harness();
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Each point as `health up`, in order of the alphabet. */
function noted(): string[] {
  return watch.points.map(({ blobs: [name, , state] }) => `${String(name)} ${String(state)}`).sort();
}

function count(name: string): number {
  return watch.points.filter(({ indexes }) => indexes[0] === name).length;
}

describe("checks (PA-11)", () => {
  it("run as often as each asks for", async () => {
    await watch.minutes(10);

    const names = ["health", "suggestions", "websocket", "statistics", "other-health"];
    expect(names.map(count)).toEqual([10, 10, 5, 2, 5]);
  });

  it("look at health twice a minute where it is asked for", async () => {
    watch.env.HEALTH_SECONDS = "30";
    await watch.minutes(5);

    expect(count("health")).toBe(10);
    expect(count("suggestions")).toBe(5);
  });

  it("note what they found: check, host, state, reason, milliseconds, status", async () => {
    watch.answer = () => new Response("no", { status: 503 });
    await watch.minutes(1);
    const health = watch.points.find(({ indexes }) => indexes[0] === "health");

    expect(health?.blobs).toEqual(["health", "project-awareness.example", "down", "status 503"]);
    expect(health?.doubles[0]).toBe(0);
    expect(health?.doubles[2]).toBe(503);
  });

  it("try health three times more before it counts as failed", async () => {
    let tries = 0;
    watch.answer = (request) => {
      if (!request.url.startsWith(`${HOST}/health`)) return new Response("{}");
      tries += 1;
      return new Response(tries < 4 ? '{"status":"degraded"}' : '{"status":"healthy"}');
    };
    await watch.minutes(1);
    expect(noted()).toContain("health up");

    tries = -10;
    await watch.minutes(1);
    expect(noted()).toContain("health down");
    expect(tries).toBe(-6);
  });

  it("fail where an answer takes longer than it may", async () => {
    watch.answer = ({ url }) => {
      watch.now += url.includes("suggestions") ? 201 : 499;
      return new Response('{"status":"healthy"}');
    };
    watch.now -= 60_000;
    await watch.minutes(1);
    const slow = watch.points.find(({ indexes }) => indexes[0] === "suggestions");

    expect(slow?.blobs.slice(2)).toEqual(["down", "took more than 200 ms"]);
  });

  it("show the token where it is needed, and take no redirect", async () => {
    await watch.minutes(10);
    const shown = new Set(watch.asked.filter(({ headers }) => headers.has("Authorization")).map(({ url }) => new URL(url).pathname));

    expect([...shown].sort()).toEqual(["/api/sessions/statistics", "/ws"]);
    expect(watch.asked.every(({ redirect }) => redirect === "manual")).toBe(true);
  });

  it("say that nothing answers, whatever the runtime says of it", async () => {
    watch.answer = () => Promise.reject(new Error("canary"));
    await watch.minutes(1);

    expect(watch.points.find(({ indexes }) => indexes[0] === "health")?.blobs[3]).toBe("no answer within 5000 ms or no connection");
  });
});
