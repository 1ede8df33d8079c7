import { describe, expect, it } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { code, harness, START, useHarness, type Who } from "../harness";
import type { Project } from "./model";
import type { Suggestions, Synced, SyncStatus } from "./routes";
import { suggest } from "./suggest";

stubRuntime();
useHarness();

const SUGGESTIONS = "/api/projects/suggestions?platform=claude-code&working_directory=/projects/atlas";

const suggestions = (as?: Who, path = SUGGESTIONS): Promise<Suggestions> => harness.json<Suggestions>("GET", path, { as });
const names = async (as?: Who): Promise<string[]> => (await suggestions(as)).suggestions.map(({ project_id }) => project_id);

function project(project_id: string, changes: Partial<Project> = {}): Project {
  const last_used_at = new Date(START).toISOString();
  const platforms = { "claude-code": last_used_at };
  return { project_id, working_directory: null, git_branch: null, platforms, last_used_at, uses: 1, ...changes };
}

describe("what is suggested", () => {
  const here = { platform: "claude-code", working_directory: "/projects/atlas/src", git_branch: "main" };
  const old = "2026-11-01T00:00:00.000Z";

  it("is what is nearest to the folder, then the branch, then what was used last", () => {
    const projects = [
      project("recent"),
      project("branch", { git_branch: "main" }),
      project("above", { working_directory: "/projects/atlas" }),
      project("below", { working_directory: "/projects/atlas/src/lib/" }),
      project("same", { working_directory: "/projects/atlas/src/" }),
      project("sibling", { working_directory: "/projects/atlas/srcs", last_used_at: old, platforms: { "claude-code": old } }),
    ];
    const found = suggest(projects, here, START);

    expect(found.map(({ project_id }) => project_id)).toEqual(["same", "above", "below", "branch", "recent"]);
    expect(found[0]).toMatchObject({ score: 75, reasons: ["same_directory", "recent"] });
  });

  it("is what another platform was told of", () => {
    const told = project("told", { platforms: { chatgpt: old, "claude-code": "2026-10-01T00:00:00.000Z" }, last_used_at: old });

    expect(suggest([told], here, START)).toMatchObject([{ score: 10, reasons: ["other_platform"] }]);
    expect(suggest([told], { ...here, platform: "chatgpt" }, START)).toEqual([]);
  });
});

describe("suggestions (PA-15)", () => {
  it("are none for strangers, and nobody's but the owner's", async () => {
    await harness.switchTo("claude", "atlas");

    expect(await suggestions()).toEqual({ platform: "claude-code", suggestions: [] });
    expect(await names("other")).toEqual([]);
    expect(await names("claude")).toEqual(["atlas"]);
    expect(await names("chatgpt")).toEqual(["atlas"]);
  });

  it.each(["", "?platform=", "?platform=A", "?platform=a%00", `?platform=a&working_directory=${"x".repeat(1025)}`])(
    "are refused for %s",
    async (query) => {
      const answer = await harness.ask("GET", `/api/projects/suggestions${query}`);

      expect([answer.status, await code(answer)]).toEqual([400, "invalid_request"]);
    },
  );

  it("come from KV when nothing was written a moment ago, whatever the objects do", async () => {
    await harness.switchTo("claude", "atlas");
    await harness.later(2_000);
    expect(harness.kv.projects.writes).toBe(1);

    await harness.later(120_000);
    harness.projects.outage = true;
    expect(await names("claude")).toEqual(["atlas"]);
  });

  it("come from the copy, and say so and are not kept, when their object is not to be reached", async () => {
    await harness.switchTo("claude", "atlas");
    await harness.later(2_000);
    harness.projects.outage = true;

    const answer = await harness.ask("GET", SUGGESTIONS, { as: "claude" });
    expect(await answer.json()).toMatchObject({ suggestions: [{ project_id: "atlas" }], degraded: true });
    expect(answer.headers.get("Cache-Control")).toBe("no-store");

    harness.projects.outage = false;
    expect(await suggestions("claude")).not.toHaveProperty("degraded");
  });

  it("are measured", async () => {
    await suggestions("claude");

    expect(harness.points.map(({ index }) => index)).toContain("ai_response_time");
  });

  it("forget what was used longest ago, of more than 200", async () => {
    const object = harness.projects.get("owner:CHITTY-1");
    for (let index = 0; index < 205; index++) await object.use("owner:CHITTY-1", { project_id: `p-${index}` }, "test");

    const projects = await object.list();
    expect([projects.length, projects[0]?.project_id, projects.at(-1)?.project_id]).toEqual([200, "p-204", "p-5"]);
  });
});

describe("a project that is told of", () => {
  it("is numbered, kept, and told as the source's test asks for it", async () => {
    const bare = { source_platform: "claude-code", sync_type: "project_switch" };
    const first = await harness.json<Synced>("POST", "/api/projects/sync", { as: "claude", body: bare });
    const second = await (await harness.switchTo("chatgpt", "atlas")).json<Synced>();

    expect(first).toEqual({ sequence: 1, synced_at: "2026-11-29T12:00:00.000Z", delivered: 0, project: null });
    expect(second).toMatchObject({ sequence: 2, project: { project_id: "atlas", uses: 1, platforms: { "claude-code": first.synced_at } } });
  });

  it("is seen by the next read of its state, by platform and project", async () => {
    const status = (query: string, as: Who = "chatgpt"): Promise<SyncStatus> => harness.json("GET", `/api/projects/sync?platform=${query}`, { as });
    expect(await status("claude-code")).toEqual({ platform: "claude-code", project_id: null, event: null });

    await harness.switchTo("claude", "atlas");
    await harness.switchTo("claude", "borealis");

    expect((await status("claude-code")).event).toMatchObject({ sequence: 2, project_id: "borealis" });
    expect((await status("claude-code&project_id=atlas")).event).toMatchObject({ sequence: 1, project_id: "atlas" });
    expect((await status("claude-code", "other")).event).toBeNull();
  });

  it("has its state read from the copy when the object is not to be reached", async () => {
    await harness.switchTo("claude", "atlas");
    await harness.later(2_000);
    harness.sessions.outage = true;

    const answer = await harness.json("GET", "/api/projects/sync?platform=claude-code", { as: "claude" });
    expect(answer).toMatchObject({ event: { project_id: "atlas" }, degraded: true });
  });

  it("is not told while objects are not to be reached, and 503 says so", async () => {
    harness.sessions.outage = true;
    const answer = await harness.switchTo("claude", "atlas");

    expect([answer.status, await code(answer), answer.headers.get("Retry-After")]).toEqual([503, "sync_unavailable", "5"]);
  });

  it("hands its context to the owner's others, and to nobody else's", async () => {
    const context = { open_files: ["a.ts"], notes: "ä" };
    await harness.switchTo("claude", "atlas", { context });

    expect(await harness.json("GET", "/api/projects/atlas/context", { as: "chatgpt" })).toEqual(context);
    const others = await harness.ask("GET", "/api/projects/atlas/context", { as: "other" });
    expect([others.status, await code(others)]).toEqual([404, "context_not_found"]);
    expect([...harness.buckets.projects.objects.keys()]).toEqual([expect.stringMatching(/^context\/[0-9a-f]{64}\/atlas\.json$/)]);
  });

  it.each<[string, object, number, string]>([
    ["an unknown kind", { source_platform: "a", sync_type: "erase" }, 400, "invalid_request"],
    ["no platform", { sync_type: "project_switch" }, 400, "invalid_request"],
    ["a field too many", { source_platform: "a", sync_type: "project_switch", more: 1 }, 400, "invalid_request"],
    ["a project without a name", { source_platform: "a", sync_type: "project_switch", project: {} }, 400, "invalid_request"],
    ["a context that is too large", { source_platform: "a", sync_type: "context_update", context: { a: "x".repeat(65_536) } }, 413, "body_too_large"],
  ])("is refused with %s", async (_, body, status, expected) => {
    const answer = await harness.ask("POST", "/api/projects/sync", { as: "claude", body });

    expect([answer.status, await code(answer)]).toEqual([status, expected]);
  });

  it("is written to KV once a second at most, and ends up current", async () => {
    for (let index = 0; index < 20; index++) {
      await harness.switchTo("claude", `p-${index}`);
      await harness.later(100);
    }
    await harness.later(2_000);

    expect(harness.kv.projects.writes).toBeLessThanOrEqual(4);
    expect(harness.lines()).not.toContain("copy_failed");
    expect(harness.kv.projects.values.get("projects:owner:CHITTY-1")).toContain('"p-19"');
  });

  it("is written to KV later when KV does not take it, even if its object has left memory", async () => {
    harness.kv.projects.outage = true;
    await harness.switchTo("claude", "atlas");
    await harness.later(1_000);
    expect(harness.lines()).toContain("copy_failed");
    harness.projects.evict();
    harness.kv.projects.outage = false;

    await harness.later(20_000);
    expect(harness.kv.projects.values.get("projects:owner:CHITTY-1")).toContain('"atlas"');
    expect(harness.projects.states.get("owner:CHITTY-1")?.alarm).toBeUndefined();
  });
});
