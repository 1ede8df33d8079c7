import { exportJWK, generateKeyPair, SignJWT, type JWK } from "jose";
import { afterEach, beforeEach, vi } from "vitest";

import billing from "../../migrations/superinstance/001_billing.sql?raw";
import deletions from "../../migrations/superinstance/004_deletions.sql?raw";
import sync from "../../migrations/superinstance/003_sync.sql?raw";
import { CLOCK } from "#lib/clock";
import { FakeContext } from "#lib/testing/context";
import { FakeD1 } from "#lib/testing/d1";
import { FakeNamespace } from "#lib/testing/namespace";
import { FakeR2 } from "#lib/testing/r2";
import { stubRuntime } from "#lib/testing/runtime";
import { createApp } from "./app";
import type { Env } from "./env";
import { forgetKeys } from "./identity/keys";
import { SyncState } from "./lock/state";

const START = Date.parse("2026-11-29T12:00:00Z");
const HOST = "https://sync.example";
const JWKS_URL = "https://identity.example/.well-known/jwks.json";
export const ISSUER = "https://identity.example/";
export const AUDIENCE = "superinstance-sync";
export const KID = "first";
export const ADA = "ada|1";

/** A key pair of the issuer; the same for all tests, for making one takes a while. */
export const PAIR = await generateKeyPair("ES256");

/** What an item of a list says, as far as tests look at it. */
export interface Shown {
  id: string;
  version: number;
  deleted: boolean;
  value?: unknown;
}

/** What becomes of a transaction: refused, done but not confirmed. */
type Fault = "refused" | "unconfirmed";

/** D1 that can fail in the ways that leave its caller not knowing what became of a transaction. */
class FaultyD1 extends FakeD1 {
  /** What happens to the next transactions, in turn; then all is well. */
  readonly faults: Fault[] = [];
  /** Runs before the next transaction: whatever comes in between. */
  before: (() => Promise<unknown>) | null = null;
  /** Waited for before each transaction. */
  pace: () => Promise<void> = () => Promise.resolve();

  override async batch(statements: Parameters<FakeD1["batch"]>[0]): Promise<Awaited<ReturnType<FakeD1["batch"]>>> {
    const [before, fault] = [this.before, this.faults.shift()];
    this.before = null;
    await before?.();
    await this.pace();
    if (fault === "refused") throw new Error("D1_ERROR: D1 DB is overloaded. Too many requests queued.");
    const results = await super.batch(statements);
    if (fault === "unconfirmed") throw new Error("Network connection lost.");
    return results;
  }
}

/** Sync in memory, with an issuer of tokens. */
export class Harness {
  readonly db = new FaultyD1(billing, sync, deletions);
  readonly knowledge = new FakeR2();
  readonly models = new FakeR2();
  readonly states = new FakeNamespace((state) => new SyncState(state, this.env));
  readonly logged = (["info", "warn", "error"] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => undefined));
  /** How often the keys of the issuer were asked for. */
  fetched = 0;
  /** Answers for the issuer. */
  issuer: () => Promise<Response> | Response = async () => Response.json({ keys: [await publicKey(PAIR.publicKey, KID)] });
  private readonly app = createApp();
  private readonly context = new FakeContext();

  constructor() {
    forgetKeys();
    stubRuntime();
    vi.spyOn(CLOCK, "sleep").mockResolvedValue(); // nothing waits but for the turn after its answer
    vi.stubGlobal("fetch", (url: string) => {
      if (url !== JWKS_URL) throw new Error(`nobody is at ${url}`);
      this.fetched += 1;
      return Promise.resolve(this.issuer());
    });
  }

  readonly env: Env = {
    SYNC_STATE: this.states.binding as Env["SYNC_STATE"],
    DB: this.db.binding,
    KNOWLEDGE_STORE: this.knowledge.binding,
    MODEL_CACHE: this.models.binding,
    ENVIRONMENT: "development",
    CORS_ORIGIN: "https://claude.ai",
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: AUDIENCE,
    JWKS_URL,
    REQUESTS_PER_MINUTE: "10000",
  };

  /** Ask with *token*; without any for `null`. */
  async with(token: string | null, method: string, path: string, body?: BodyInit, headers: Record<string, string> = {}): Promise<Response> {
    const shown = token === null ? {} : { Authorization: `Bearer ${token}` };
    const init = { method, headers: { ...shown, ...headers }, body: body ?? null, duplex: "half" };
    const request = new Request(HOST + path, init);
    const answer = await this.app.fetch(request, this.env, this.context.binding);
    await this.context.settled();
    return answer;
  }

  /** Ask as *user*; JSON is sent as such, bytes as they are. */
  async ask(method: string, path: string, body?: unknown, user = ADA, headers: Record<string, string> = {}): Promise<Response> {
    const token = await tokenOf(user);
    if (body instanceof Uint8Array) {
      return this.with(token, method, path, body, { "Content-Length": String(body.byteLength), ...headers });
    }
    return this.with(token, method, path, body === undefined ? undefined : JSON.stringify(body), headers);
  }

  /** Push one setting; return what became of it. */
  async push(id: string, base: number, value: unknown, more: object = {}, user = ADA): Promise<Record<string, unknown>> {
    const change = { id, base_version: base, ...(value === undefined ? { deleted: true } : { value }), ...more };
    const answer = await this.ask("POST", "/sync/settings", { device: "laptop", changes: [change] }, user);
    if (answer.status !== 200) throw new Error(await answer.text());
    return (await answer.json<{ results: [Record<string, unknown>] }>()).results[0];
  }

  async pull(since = 0, user = ADA, collection = "settings"): Promise<{ items: Shown[]; cursor: number; more: boolean }> {
    return (await this.ask("GET", `/sync/${collection}?since=${since}`, undefined, user)).json();
  }

  async status(user = ADA): Promise<{ conflicts: { conflict_id: string; name: string; item_id: string }[]; collections: Record<string, Record<string, number>> }> {
    return (await this.ask("GET", "/sync/status", undefined, user)).json();
  }

  /** Move the clock, and ring every alarm whose time has come. */
  async later(milliseconds: number): Promise<void> {
    vi.setSystemTime(Date.now() + milliseconds);
    await this.states.ring(Date.now());
  }

  /** Keys in both buckets. */
  get objects(): string[] {
    return [...this.knowledge.objects.keys(), ...this.models.objects.keys()].sort();
  }

  /** Keys that the database refers to or has noted. */
  known(table: "sync_items" | "sync_conflicts" | "sync_objects"): string[] {
    return this.db.rows(`SELECT object_key FROM ${table} WHERE object_key IS NOT NULL ORDER BY 1`).map((row) => String(row["object_key"]));
  }

  lines(): string {
    return this.logged.flatMap((level) => level.mock.calls.map(String)).join("\n");
  }
}

/** The public half of a key, as a JWK Set has it. */
export async function publicKey(key: Parameters<typeof exportJWK>[0], kid: string): Promise<JWK> {
  return { ...(await exportJWK(key)), kid, use: "sig" };
}

/** A token of the issuer for *user*; *claims* may be others, `undefined` leaves one out. */
export function tokenOf(user: string, claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = PAIR.privateKey): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: ISSUER, aud: AUDIENCE, sub: user, iat: now, nbf: now, exp: now + 3_600, scope: "sync:read sync:write" };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: "ES256", kid: KID, typ: "at+jwt", ...header }).sign(key);
}

/** The code of a refusal. */
export async function code(response: Response): Promise<string> {
  return (await response.json<{ error: { code: string } }>()).error.code;
}

export let harness: Harness;

/** Begin anew, with nothing stored. */
export function beginAnew(): void {
  harness = new Harness();
}

/** Give each test of a file a harness of its own, on a clock that stands still; with *timers*, they stand still as well. */
export function useHarness(...timers: ("setTimeout" | "clearTimeout")[]): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: START, toFake: ["Date", ...timers] });
    beginAnew();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
