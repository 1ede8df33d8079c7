import { afterEach, beforeEach, vi } from "vitest";

import { sha256Hex } from "#lib/hash";
import { FakeContext } from "#lib/testing/context";
import { FakeKv } from "#lib/testing/kv";
import { FakeNamespace } from "#lib/testing/namespace";
import type { RecordRequest } from "../billing/api";
import { Harness as SessionsHarness } from "../session_state/harness";
import { createApp } from "./app";
import type { Imported } from "./calls/delivery";
import { CallJournal } from "./calls/journal";
import type { Env } from "./env";
import { forgetKeys } from "./principal";

const START = Date.parse("2026-11-29T12:00:00Z");
const HOST = "https://superinstance.example";
export const KEY = "canary-api-key";
export const ACCOUNT = "acme";

/** The models of the source, at its prices. */
const MODELS = [
  {
    name: "claude",
    provider: "anthropic",
    id: "claude-3-5-sonnet-20241022",
    max_output: 8_192,
    prices: [{ since: "2024-10-22", input: 3_000, output: 15_000 }],
  },
  {
    name: "gpt",
    provider: "openai",
    id: "gpt-4-turbo-2024-04-09",
    max_output: 4_096,
    prices: [
      { since: "2024-04-09", input: 10_000, output: 30_000 },
      { since: "2026-12-01", input: 20_000, output: 60_000 },
    ],
  },
];

/** What a test has a provider answer, or fail with. */
export type Providing = (request: Request) => Promise<Response> | Response;

/** The router in memory: its journals, its keys, a billing that takes what a test lets it, and providers. */
export class Harness {
  readonly keys = new FakeKv();
  readonly limits = new FakeKv();
  readonly sessions = new SessionsHarness();
  readonly calls = new FakeNamespace((state) => new CallJournal(state, this.env));
  /** What billing was told, in order, twice what it was told twice. */
  readonly recorded: RecordRequest[] = [];
  readonly asked: Request[] = [];
  readonly logged = (["info", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  );
  /** What billing answers. */
  billing: (body: string) => Response | Promise<Response> = () => Response.json({ recorded: true });
  provider: Providing = () => message();
  env: Env = {} as Env;
  private readonly context = new FakeContext();
  private readonly app = createApp();

  async start(): Promise<void> {
    forgetKeys();
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      const request = new Request(url, init);
      this.asked.push(request.clone());
      return this.provider(request);
    });
    this.env = {
      BILLING: { fetch: (url: string, init?: RequestInit) => this.bill(new Request(url, init)) } as unknown as Fetcher,
      SESSIONS: this.sessions.sessions,
      API_KEYS: this.keys.binding,
      RATE_LIMITS: this.limits.binding,
      CALLS: this.calls.binding as Env["CALLS"],
      ENVIRONMENT: "development",
      CORS_ORIGIN: "https://claude.ai",
      MODELS: JSON.stringify(MODELS),
      REQUESTS_PER_MINUTE: "100",
      PROVIDER_TIMEOUT_SECONDS: "30",
      ANSWER_SECONDS: "3600",
      REQUIRE_BALANCE: "false",
      ANTHROPIC_URL: "https://anthropic.example",
      OPENAI_URL: "https://openai.example",
      API_TOKENS: "[]",
      BACKUP_KEY: "",
      ANTHROPIC_API_KEY: "canary-anthropic",
      OPENAI_API_KEY: "canary-openai",
    };
    await this.keys.binding.put(await sha256Hex(KEY), JSON.stringify({ id: "laptop", account_id: ACCOUNT }));
  }

  /** Ask; *signal* is aborted where the client leaves. */
  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    const all = { Authorization: `Bearer ${KEY}`, ...headers };
    const init = { method, headers: all, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null };
    return this.app.fetch(new Request(HOST + path, init), this.env, this.context.binding);
  }

  escalate(request_id: string, more: object = {}): Promise<Response> {
    return this.ask("POST", "/v1/escalate", { request_id, query: "canary-question", ...more });
  }

  get journal(): CallJournal {
    return this.calls.object(ACCOUNT);
  }

  /** Until everything that goes on in the background is done. */
  async settled(): Promise<void> {
    await this.context.settled();
    await this.calls.states.get(ACCOUNT)?.settled();
  }

  /** Move the clock, and ring every alarm whose time has come. */
  async later(milliseconds: number): Promise<void> {
    vi.setSystemTime(Date.now() + milliseconds);
    await this.calls.ring(Date.now());
    await this.settled();
  }

  lines(): string {
    return this.logged.flatMap((level) => level.mock.calls.map(String)).join("\n");
  }

  private async bill(request: Request): Promise<Response> {
    const body = await request.text();
    const answer = await this.billing(body);
    if (answer.ok && body !== "") this.recorded.push(...entries(body));
    return answer;
  }
}

/** What billing is told in *body*, as if each came by itself. */
function entries(body: string): RecordRequest[] {
  const { account_id, records } = JSON.parse(body) as Imported;
  return records.map((record) => ({ account_id, ...record }));
}

/** A message of Anthropic's: 1000 tokens in and 500 out. */
export function message(more: object = {}): Response {
  const usage = { input_tokens: 1_000, output_tokens: 500 };
  return Response.json({ content: [{ type: "text", text: "an answer" }], stop_reason: "end_turn", usage, ...more });
}

/** A completion of OpenAI's: 1000 tokens in, 400 of them cached, and 500 out. */
export function completion(): Response {
  const usage = { prompt_tokens: 1_000, completion_tokens: 500, prompt_tokens_details: { cached_tokens: 400 } };
  return Response.json({ choices: [{ message: { content: "an answer" }, finish_reason: "stop" }], usage });
}

export let harness: Harness;

/** Give each test of a file a harness of its own, on a clock that stands still. */
export function useHarness(): void {
  beforeEach(async () => {
    vi.useFakeTimers({ now: START, toFake: ["Date"] });
    harness = new Harness();
    await harness.start();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

/** The code of a refusal. */
export async function code(response: Response): Promise<string> {
  return (await response.json<{ error: { code: string } }>()).error.code;
}
