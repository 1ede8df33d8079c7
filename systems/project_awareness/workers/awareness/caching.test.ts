import { describe, expect, it, vi } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { AtHand } from "./at_hand";
import { harness, tokenOf, useHarness, type Who } from "./harness";

stubRuntime();
useHarness();

const SUGGESTIONS = "/api/projects/suggestions?platform=claude-code&working_directory=/projects/atlas";
const STATISTICS = "/api/sessions/statistics";

async function found(path: string, as?: Who, headers: Record<string, string> = {}): Promise<[string | null, string]> {
  const answer = await harness.ask("GET", path, { as, headers });
  return [answer.headers.get("X-Cache"), await answer.text()];
}

describe("an answer (PA-7)", () => {
  it.each([
    [SUGGESTIONS, "private, max-age=300", 900],
    [STATISTICS, "private, max-age=60", 300],
    ["/api/projects/sync?platform=test", "private, max-age=0", 180],
  ])("of %s is kept: %s, and at the edge %i s", async (path, control, seconds) => {
    const answer = await harness.ask("GET", path, { as: "claude" });

    expect(answer.headers.get("Cache-Control")).toBe(control);
    expect(answer.headers.get("Vary")).toBe("Authorization, Cookie, Origin");
    expect((await found(path, "claude"))[0]).toBe("HIT");
    await harness.later(seconds * 1000 - 1);
    expect((await found(path, "claude"))[0]).toBe("HIT");
    await harness.later(1);
    expect((await found(path, "claude"))[0]).toBe("MISS");
  });

  it("is kept for what it depends on", async () => {
    await found(SUGGESTIONS, "claude");

    for (const other of ["&git_branch=main", "x"]) expect((await found(SUGGESTIONS + other, "claude"))[0]).toBe("MISS");
    const cf = { continent: "AS" };
    expect((await harness.ask("GET", SUGGESTIONS, { as: "claude", cf })).headers.get("X-Cache")).toBe("MISS");
  });

  it("is never another token's, of the same owner either", async () => {
    await harness.switchTo("claude", "atlas");
    await found(SUGGESTIONS, "claude");

    for (const as of ["chatgpt", "reader", "other", undefined] as const) expect((await found(SUGGESTIONS, as))[0]).toBe("MISS");
    expect((await found(SUGGESTIONS, "other"))[1]).not.toContain("atlas");
    expect((await found(SUGGESTIONS))[1]).not.toContain("atlas");
  });

  it.each([
    ["to another owner", { owners: ["CHITTY-2"] }],
    ["without the right to read projects", { scopes: ["sessions:read"] }],
  ])("is not found by a token that has its id after a deployment: %s", async (_, changed) => {
    await harness.switchTo("claude", "atlas");
    expect((await found(SUGGESTIONS, "claude"))[1]).toContain("atlas");
    const tokens = JSON.parse(harness.env.API_TOKENS) as { id: string }[];
    // The cache of the data centre goes on, whatever is deployed.
    harness.env = { ...harness.env, API_TOKENS: JSON.stringify(tokens.map((each) => (each.id === "claude" ? { ...each, ...changed } : each))) };

    const [status, text] = await found(SUGGESTIONS, "claude");
    expect(status).toBe("MISS");
    expect(text).not.toContain("atlas");
  });

  it("is not found by a client that has just changed something", async () => {
    const changed = await harness.register("claude", "s-1");
    const cookie = changed.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    await found(STATISTICS, "claude");

    expect(cookie).toBe("session_updated=1");
    expect((await found(STATISTICS, "claude", { Cookie: cookie }))[0]).toBe("BYPASS");
    expect((await found(STATISTICS, "claude"))[0]).toBe("HIT");
  });

  it("is asked of the cache once when the isolate has it at hand, and twice in another", async () => {
    await found(STATISTICS, "claude");
    const look = vi.spyOn(harness.cache, "match");

    expect((await found(STATISTICS, "claude"))[0]).toBe("HIT");
    expect(look).toHaveBeenCalledTimes(1);
    harness.env = { ...harness.env };
    expect((await found(STATISTICS, "claude"))[0]).toBe("HIT");
    expect(look).toHaveBeenCalledTimes(3);
  });

  it("is at hand no longer than it may be given, however late it was found", async () => {
    await found(STATISTICS, "claude");
    harness.env = { ...harness.env };
    await harness.later(299_000);
    expect((await found(STATISTICS, "claude"))[0]).toBe("HIT");

    await harness.later(1_000);
    expect((await found(STATISTICS, "claude"))[0]).toBe("MISS");
  });

  it("is at hand with a thousand others, and never more", () => {
    const answers = new AtHand();
    for (let index = 0; index <= 1_000; index++) answers.put(String(index), { text: "", until: 1 });

    const there = Array.from({ length: 1_001 }, (_, index) => answers.get(String(index), 0)).filter((kept) => kept !== undefined);
    expect(there).toHaveLength(1_000);
    expect(answers.get("0", 0)).toBeUndefined();
  });

  it("is made anew when no cache answers", async () => {
    harness.cache.outage = true;

    expect((await found(STATISTICS, "claude"))[0]).toBe("MISS");
  });

  it("is counted, kept or not", async () => {
    for (let index = 0; index < 4; index++) await found(STATISTICS, "claude");

    const counted = harness.pointsOf("usage").filter(([endpoint]) => endpoint === `GET ${STATISTICS}`);
    expect(counted.map((blobs) => blobs.at(-1))).toEqual(["MISS", "HIT", "HIT", "HIT"]);
  });
});

describe("a write", () => {
  it("is seen by the next read, of every token of the owner, and leaves others theirs", async () => {
    for (const as of ["claude", "chatgpt", "other"] as const) await found(SUGGESTIONS, as);
    await harness.switchTo("claude", "atlas");

    for (const as of ["claude", "chatgpt"] as const) expect(await found(SUGGESTIONS, as)).toEqual(["MISS", expect.stringContaining("atlas")]);
    expect((await found(SUGGESTIONS, "other"))[0]).toBe("HIT");
  });

  it("is seen while KV still has what was before", async () => {
    await harness.switchTo("claude", "atlas");
    await harness.later(200_000);
    const before = harness.kv.projects.values.get("projects:owner:CHITTY-1") ?? "";
    harness.kv.projects.stale.set("projects:owner:CHITTY-1", before);

    await harness.switchTo("claude", "borealis");
    await harness.later(60_000);
    expect((await found(SUGGESTIONS, "claude"))[1]).toContain("borealis");
  });

  it("is seen although a read at the same moment began before it, when the cache had forgotten the token", async () => {
    await harness.switchTo("claude", "before");
    await harness.later(200_000);
    const before = harness.kv.projects.values.get("projects:owner:CHITTY-1") ?? "";
    harness.kv.projects.stale.set("projects:owner:CHITTY-1", before);
    harness.cache.kept.clear();
    vi.spyOn(harness.cache, "match").mockImplementationOnce(async () => {
      await harness.switchTo("chatgpt", "atlas");
      return undefined;
    });

    await found(SUGGESTIONS, "claude");
    expect((await found(SUGGESTIONS, "claude"))[1]).toContain("atlas");
  });

  it("of a session is seen in statistics and in the session", async () => {
    expect((await found(STATISTICS, "claude"))[1]).toContain('"active_sessions":0');
    await harness.register("chatgpt", "s-1");
    expect((await found(STATISTICS, "claude"))[1]).toContain('"active_sessions":1');
    await found("/api/sessions/s-1", "claude");
    await harness.ask("DELETE", "/api/sessions/s-1", { as: "chatgpt" });

    expect((await harness.ask("GET", "/api/sessions/s-1", { as: "claude" })).status).toBe(404);
    expect((await found(STATISTICS, "claude"))[1]).toContain('"active_sessions":0');
  });
});

it("no answer of many, mixed, is another token's, and none is behind a write", { timeout: 60_000 }, async () => {
  await harness.start({ RATE_LIMIT_RPM: "100000000", RATE_LIMITS: '{"all":[100000000,100000],"suggestions":[100000000,100000]}' });
  const written: Record<string, string> = { "CHITTY-1": "", "CHITTY-2": "" };
  const owners: Record<Who, string> = { claude: "CHITTY-1", chatgpt: "CHITTY-1", reader: "CHITTY-1", other: "CHITTY-2" };
  let [seed, hits] = [7, 0];
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;

  for (let index = 0; index < 1_000; index++) {
    const as = (["claude", "chatgpt", "reader", "other"] as const)[random(4)] ?? "claude";
    const owner = owners[as];
    if (random(20) === 0 && as !== "reader") {
      written[owner] = `${owner}-${index}`;
      await harness.switchTo(as, written[owner]);
      continue;
    }
    const [cached, text] = await found(`${SUGGESTIONS}-${random(3)}`, as);
    hits += cached === "HIT" ? 1 : 0;
    const projects = [...text.matchAll(/"project_id":"(CHITTY-\d)-\d+"/g)].map((match) => match[1]);
    expect(new Set(projects).size).toBeLessThanOrEqual(1);
    if (projects.length > 0) expect(projects[0]).toBe(owner);
    expect(text).toContain(written[owner]);
  }
  expect(hits).toBeGreaterThan(400);
  expect(harness.lines()).not.toContain(tokenOf("claude"));
});
