import { vi, type MockInstance } from "vitest";

import { CLOCK } from "#lib/clock";
import { FakeNamespace } from "#lib/testing/namespace";
import type { Limits } from "./config";
import type { Env } from "./env";
import worker from "./index";
import { WatchStateDurableObject } from "./state_object";

export const HOST = "https://project-awareness.example";
const OTHER = "https://project-awareness-staging.example";
const START = Date.parse("2026-11-29T12:00:00Z");
export const KEY = "canary0pagerduty0key0of0the0test";
const CANARY = "canary-slack";
export const WEBHOOK = `https://hooks.slack.com/services/T0/B0/${CANARY}`;
const MINUTE_MS = 60_000;
const LIMITS: Limits = {
  failures: 3,
  errors_page_percent: 5,
  errors_warn_percent: 2,
  slow_ms: 500,
  least_requests: 30,
  calm_minutes: 3,
  silent_minutes: 15,
  remind_hours: 4,
};

/** What a query of the SQL API is answered: a row, none, or a status. */
type Answer = Record<string, number | string | null> | null | number;

export interface Told {
  to: "pagerduty" | "slack";
  body: Record<string, unknown>;
}

/** The watcher in memory, on a clock that a test moves: what it asks, and who is told what. */
export class Harness {
  readonly points: { indexes: string[]; blobs: string[]; doubles: number[] }[] = [];
  readonly asked: Request[] = [];
  readonly told: Told[] = [];
  readonly queries: string[] = [];
  readonly state = new FakeNamespace((state) => new WatchStateDurableObject(state, this.env));
  readonly logged: MockInstance[];
  now = START;
  /** What datasets say. Default: all is well. */
  usage: Answer = { total: 100, failed: 0, p95: 50 };
  checks: Answer = { total: 10, failed: 0 };
  /** Status that those who are told answer with. */
  taken = { pagerduty: 202, slack: 200 };
  /** What PagerDuty does not take, whatever `taken` says. */
  refused = "";
  /** What the host answers. */
  answer: (request: Request) => Response | Promise<Response> = () => new Response('{"status":"healthy"}');
  env: Env;

  constructor(changes: Partial<Env> = {}) {
    this.logged = (["info", "warn", "error"] as const).map((level) => vi.spyOn(console, level).mockImplementation(() => undefined));
    vi.spyOn(CLOCK, "now").mockImplementation(() => this.now);
    vi.spyOn(CLOCK, "sleep").mockImplementation((milliseconds) => {
      this.now += milliseconds;
      return Promise.resolve();
    });
    vi.stubGlobal("fetch", (to: Request | string, init?: RequestInit) => this.fetched(new Request(to, init)));
    this.env = {
      WATCH_STATE_DO: this.state.binding,
      HEALTH_CHECKS: { writeDataPoint: (point) => void this.points.push(point as (typeof this.points)[number]) },
      ENVIRONMENT: "production",
      OWN_ORIGIN: HOST,
      OTHER_ORIGINS: OTHER,
      ACCOUNT_ID: "ab".repeat(16),
      USAGE_DATASET: "usage",
      CHECKS_DATASET: "checks",
      HEALTH_SECONDS: "60",
      ALERTS: JSON.stringify(LIMITS),
      SERVICE_TOKEN: "canary-service-token",
      ANALYTICS_TOKEN: "canary-analytics-token",
      PAGERDUTY_API_KEY: KEY,
      SLACK_WEBHOOK_URL: WEBHOOK,
      ...changes,
    };
  }

  /** Have *changes* of the limits of alerts. */
  limit(changes: Partial<Limits>): void {
    this.env.ALERTS = JSON.stringify({ ...LIMITS, ...changes });
  }

  /** Run the cron as of now. */
  async run(): Promise<void> {
    const controller = { scheduledTime: this.now, cron: "* * * * *", noRetry: () => undefined };
    await worker.scheduled(controller, this.env);
  }

  /** Run the cron of so many *minutes*, one after the other. */
  async minutes(count: number): Promise<void> {
    for (let minute = 0; minute < count; minute += 1) {
      this.now = (Math.floor(this.now / MINUTE_MS) + 1) * MINUTE_MS;
      await this.run();
    }
  }

  /** What was told since it was asked last, each as `slack trigger service_down`. */
  heard(): string[] {
    return this.told.splice(0).map(({ to, body }) => `${to} ${to === "pagerduty" ? pagerOf(body) : slackOf(body)}`);
  }

  get log(): string {
    return this.logged.flatMap(({ mock }) => mock.calls.map(String)).join("\n");
  }

  private async fetched(request: Request): Promise<Response> {
    const { hostname } = new URL(request.url);
    if (hostname === "api.cloudflare.com") return this.queried(await request.text());
    if (hostname === "events.pagerduty.com") return this.tell("pagerduty", request);
    if (hostname === "hooks.slack.com") return this.tell("slack", request);
    this.asked.push(request);
    return this.answer(request);
  }

  private queried(sql: string): Response {
    this.queries.push(sql);
    const answer = sql.includes("FROM usage") ? this.usage : this.checks;
    if (typeof answer === "number") return new Response("no", { status: answer });
    return Response.json({ data: answer === null ? [] : [answer] });
  }

  private async tell(to: Told["to"], request: Request): Promise<Response> {
    const body = await request.json<Told["body"]>();
    const status = body["event_action"] === this.refused ? 500 : this.taken[to];
    if (status < 300) this.told.push({ to, body });
    return new Response(null, { status });
  }
}

function pagerOf({ event_action: action, dedup_key: key }: Told["body"]): string {
  return `${String(action)} ${String(key).replace(/^project-awareness-production-|-\d+$/g, "")}`;
}

function slackOf({ text, blocks }: Told["body"]): string {
  const action = /: (begins|goes on|resolved)\./.exec(String(text))?.[1] ?? "?";
  const rule = /#(\w+)/.exec(JSON.stringify(blocks))?.[1] ?? "?";
  return `${action} ${rule}`;
}
