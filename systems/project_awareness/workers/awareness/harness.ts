import { afterEach, beforeEach, vi, type MockInstance } from "vitest";

import { CLOCK } from "#lib/clock";
import { sha256Hex } from "#lib/hash";
import { FakeCache } from "#lib/testing/cache";
import { FakeContext } from "#lib/testing/context";
import { FakeKv } from "#lib/testing/kv";
import { FakeNamespace } from "#lib/testing/namespace";
import { FakeR2 } from "#lib/testing/r2";
import { createApp } from "./app";
import type { Env } from "./env";
import { AddressGuardDurableObject } from "./limits/guard_object";
import { ProjectAwarenessDurableObject } from "./projects/object";
import { SessionSyncDurableObject } from "./sessions/object";
import { onAnyHost } from "./shared_host";

export const HOST = "https://project-awareness.example";
export const START = Date.parse("2026-11-29T12:00:00Z");
export const LOAD_KEY = "canary-load-test-key-of-the-tests-4c1d";

/** Tokens of the tests: two of one owner, as for two platforms, one of another, one that may only read. */
const TOKENS = {
  claude: { scopes: ["projects:read", "projects:write", "sessions:read", "sessions:write"], owners: ["CHITTY-1"] },
  chatgpt: { scopes: ["projects:read", "projects:write", "sessions:read", "sessions:write"], owners: ["CHITTY-1"] },
  other: { scopes: ["projects:read", "projects:write", "sessions:read", "sessions:write"], owners: ["CHITTY-2"] },
  reader: { scopes: ["projects:read", "sessions:read"], owners: ["CHITTY-1"] },
};
export type Who = keyof typeof TOKENS;

interface Sent {
  as?: Who | undefined;
  body?: unknown;
  headers?: Record<string, string>;
  address?: string;
  cf?: object;
}

/** The text of a token. */
export function tokenOf(who: Who): string {
  return `canary-token-${who}`;
}

/** Project Awareness in memory: one isolate in one data centre, on a clock that stands still. */
export class Harness {
  readonly kv = { sessions: new FakeKv(), projects: new FakeKv(), sync: new FakeKv() };
  readonly buckets = { projects: new FakeR2(), analytics: new FakeR2() };
  readonly cache = new FakeCache();
  readonly points: { dataset: string; index: string; blobs: string[]; doubles: number[] }[] = [];
  readonly logged: MockInstance[];
  readonly guards = new FakeNamespace((state) => new AddressGuardDurableObject(state, this.env));
  readonly projects = new FakeNamespace((state) => new ProjectAwarenessDurableObject(state, this.env));
  readonly sessions = new FakeNamespace((state) => new SessionSyncDurableObject(state, this.env));
  env: Env = {} as Env;
  private readonly context = new FakeContext();
  private readonly app = createApp();

  constructor() {
    vi.stubGlobal("caches", { default: this.cache });
    vi.spyOn(CLOCK, "sleep").mockResolvedValue(); // nothing waits but for the turn after its answer
    this.logged = (["info", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => undefined),
    );
  }

  /** Bind everything; *changes* are of variables. */
  async start(changes: Partial<Env> = {}): Promise<void> {
    const known = Object.entries(TOKENS).map(async ([id, token]) => ({ id, sha256: await sha256Hex(`canary-token-${id}`), ...token }));
    this.env = {
      PROJECT_AWARENESS_DO: this.projects.binding,
      SESSION_SYNC_DO: this.sessions.binding,
      ADDRESS_GUARD_DO: this.guards.binding,
      SESSION_STORE: this.kv.sessions.binding,
      PROJECT_STORE: this.kv.projects.binding,
      CROSS_PLATFORM_SYNC: this.kv.sync.binding,
      PROJECT_DATA_BUCKET: this.buckets.projects.binding,
      ANALYTICS_BUCKET: this.buckets.analytics.binding,
      USAGE_ANALYTICS: this.dataset("usage"),
      PERFORMANCE_METRICS: this.dataset("performance"),
      SECURITY_EVENTS: this.dataset("security"),
      ENVIRONMENT: "development",
      OWN_ORIGIN: HOST,
      CHITTY_REGISTRY_URL: "https://registry.example",
      CHITTYCHAT_API_URL: "https://chittychat.example",
      CHITTYID_API_URL: "https://id.example",
      CORS_ORIGIN: "https://claude.ai,https://chatgpt.com",
      SESSION_TIMEOUT: "3600",
      MAX_SESSIONS_PER_IP: "25",
      MAX_SOCKETS_PER_IP: "10",
      RATE_LIMIT_RPM: "2000",
      RATE_LIMITS: "",
      CACHE_TTL: "1800",
      EDGE_CACHE_TTL: "300",
      API_TOKENS: JSON.stringify(await Promise.all(known)),
      SIGNING_KEY: "canary-signing-key-of-the-tests-7f3e",
      LOAD_TEST_KEY: LOAD_KEY,
      ...changes,
    };
  }

  /** Ask, as an assistant with the token of *as*, from an address of its own. */
  async ask(method: string, path: string, { as, body, headers = {}, address = "203.0.113.7", cf }: Sent = {}): Promise<Response> {
    const authorization: Record<string, string> = as === undefined ? {} : { Authorization: `Bearer ${tokenOf(as)}` };
    const content: Record<string, string> = body === undefined ? {} : { "Content-Type": "application/json" };
    const all = { "User-Agent": "claude-code/2.1", "CF-Connecting-IP": address, ...authorization, ...content, ...headers };
    const init = { method, headers: all, body: body === undefined ? null : JSON.stringify(body) };
    return this.send(new Request(`${HOST}${path}`, init), cf);
  }

  /** Send *request* as it is; what goes on after the answer is done when it is given. */
  async send(request: Request, cf?: object): Promise<Response> {
    const answer = await onAnyHost(request, (own) => {
      Object.defineProperty(own, "cf", { value: cf }); // the runtime's own copy has it by itself
      return this.app.fetch(own, this.env, this.context.binding);
    });
    await this.context.settled();
    return answer;
  }

  async json<T>(method: string, path: string, sent: Sent = {}): Promise<T> {
    return (await this.ask(method, path, sent)).json<T>();
  }

  /** Register a session of *as*. */
  register(as: Who, session_id: string, sent: Sent = {}): Promise<Response> {
    return this.ask("POST", "/api/sessions/register", { as, body: { platform: "claude-code", session_id }, ...sent });
  }

  /** Tell of a project as *as*. */
  switchTo(as: Who, project_id: string, more: object = {}): Promise<Response> {
    const project = { project_id, working_directory: `/projects/${project_id}` };
    return this.ask("POST", "/api/projects/sync", { as, body: { source_platform: "claude-code", sync_type: "project_switch", project, ...more } });
  }

  /** Move the clock, and ring every alarm whose time has come. */
  async later(milliseconds: number): Promise<void> {
    vi.setSystemTime(Date.now() + milliseconds);
    for (const namespace of [this.guards, this.projects, this.sessions]) await namespace.ring(CLOCK.now());
  }

  /** What was written to *dataset*, the index ahead of the blobs. */
  pointsOf(dataset: "usage" | "performance" | "security"): string[][] {
    return this.points.filter((each) => each.dataset === dataset).map(({ index, blobs }) => [index, ...blobs]);
  }

  /** Everything that was logged, as one text. */
  lines(): string {
    return this.logged.flatMap((level) => level.mock.calls.map(String)).join("\n");
  }

  private dataset(name: string): AnalyticsEngineDataset {
    return {
      writeDataPoint: (point = {}) => {
        const { indexes = [""], blobs = [], doubles = [] } = point;
        this.points.push({ dataset: name, index: indexes.map(String).join(), blobs: blobs.map(String), doubles: [...doubles] });
      },
    };
  }
}

/** Of the test that runs; see `useHarness`. */
export let harness: Harness;

/** Give each test of a file a harness of its own. */
export function useHarness(): void {
  beforeEach(async () => {
    vi.useFakeTimers({ now: START, toFake: ["Date"] });
    harness = new Harness();
    await harness.start();
  });

  afterEach(() => {
    vi.useRealTimers();
  });
}

/** The code of a refusal. */
export async function code(response: Response): Promise<string> {
  return (await response.json<{ error: { code: string } }>()).error.code;
}

/** Ask *count* times; the status of each answer. */
export async function statuses(count: number, ask: () => Promise<Response>): Promise<Record<number, number>> {
  const seen: Record<number, number> = {};
  for (let index = 0; index < count; index++) {
    const { status } = await ask();
    seen[status] = (seen[status] ?? 0) + 1;
  }
  return seen;
}
