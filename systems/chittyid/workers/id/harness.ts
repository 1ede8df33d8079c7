import { vi, type MockInstance } from "vitest";

import ids from "../../migrations/chittyid/001_ids.sql?raw";
import tokens from "../../migrations/chittyid/002_tokens.sql?raw";
import { CLOCK } from "#lib/clock";
import { sha256Hex } from "#lib/hash";
import { FakeCache } from "#lib/testing/cache";
import { FakeContext } from "#lib/testing/context";
import { FakeD1 } from "#lib/testing/d1";
import { FakeKv } from "#lib/testing/kv";
import { createApp } from "./app";
import type { Env } from "./env";

/** What KV says on Workers Free when the day's operations are used up. */
export const KV_OVER_QUOTA = "KV get() limit exceeded for the day.";
/** What D1 says then. */
export const D1_OVER_QUOTA =
  "Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow " +
  "(midnight UTC) to continue.";

export const ADMIN = "canary-admin-token";
export const SERVICE = "canary-service-token";

/** ChittyID in memory: one isolate in one data centre, unless a test makes more. */
export class Harness {
  db = new FakeD1(ids, tokens);
  kv = new FakeKv();
  cache = new FakeCache();
  readonly logged: MockInstance[];
  private app = createApp();
  private readonly context = new FakeContext();

  constructor() {
    vi.stubGlobal("caches", { default: this.cache });
    vi.spyOn(CLOCK, "sleep").mockResolvedValue(); // nothing waits but for the turn after its answer
    this.logged = (["info", "warn", "error"] as const).map((level) =>
      vi.spyOn(console, level).mockImplementation(() => undefined),
    );
  }

  /** Have health asked anew: what it remembers for ten seconds is gone. */
  restart(): void {
    this.app = createApp();
  }

  async ask(method: string, path: string, init: { token?: string; body?: unknown; headers?: object } = {}): Promise<Response> {
    const authorization = init.token === undefined ? {} : { Authorization: `Bearer ${init.token}` };
    const headers = { ...authorization, ...init.headers } as Record<string, string>;
    const body = init.body === undefined ? null : JSON.stringify(init.body);
    const request = new Request(`https://id.chitty.cc${path}`, { method, headers, body });
    const answer = await this.app.fetch(request, await this.env(), this.context.binding);
    await this.context.settled();
    return answer;
  }

  async json<T>(method: string, path: string, init: { token?: string; body?: unknown; headers?: object } = {}): Promise<T> {
    return (await this.ask(method, path, init)).json<T>();
  }

  /** Everything that was logged, as one text. */
  lines(): string {
    return this.logged.flatMap((level) => level.mock.calls.map(String)).join("\n");
  }

  private async env(): Promise<Env> {
    const known = [
      { id: "admin", sha256: await sha256Hex(ADMIN), scopes: ["admin"] },
      { id: "unified-platform", sha256: await sha256Hex(SERVICE), scopes: ["mint", "validate", "read"] },
    ];
    return {
      DB: this.db.binding,
      CHITTYID_KV: this.kv.binding,
      ENVIRONMENT: "development",
      CORS_ORIGIN: "https://id.chitty.cc",
      ENTITY_TYPES: "EVNT,PEO",
      API_TOKENS: JSON.stringify(known),
    };
  }
}

export interface Refusal {
  error: { code: string; message: string };
}
