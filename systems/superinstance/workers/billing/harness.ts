import { vi } from "vitest";

import billing from "../../migrations/superinstance/001_billing.sql?raw";
import reversals from "../../migrations/superinstance/002_reversals.sql?raw";
import spending from "../../migrations/superinstance/005_spending.sql?raw";
import paymentsByAccount from "../../migrations/superinstance/006_payments_by_account.sql?raw";
import { FakeD1 } from "#lib/testing/d1";
import { FakeNamespace } from "#lib/testing/namespace";
import type { Balance, RecordRequest, UsageRecord } from "./api";
import type { Env } from "./env";
import { internalApp } from "./internal";
import { BillingLedger } from "./ledger/object";
import { publicApp } from "./public";

export const ACCOUNT = "acct-1";
export const SECRET = "whsec_canary-of-the-tests";
export const STRIPE_SECRET_KEY = "canary-key-of-stripe";
const PREVIOUS = "whsec_canary-before-it";

/** What becomes of a transaction: refused, done but not confirmed, done or not done without any answer. */
export type Fault = "refused" | "unconfirmed" | "silent_done" | "silent_lost";

/** D1 that can fail in every way that leaves its caller not knowing what became of a transaction. */
class FaultyD1 extends FakeD1 {
  /** What happens to the next transactions, in turn; then all is well. */
  readonly faults: Fault[] = [];

  override async batch(statements: Parameters<FakeD1["batch"]>[0]): Promise<Awaited<ReturnType<FakeD1["batch"]>>> {
    const fault = this.faults.shift();
    if (fault === undefined) return super.batch(statements);
    if (fault === "refused") throw new Error("D1_ERROR: D1 DB is overloaded. Too many requests queued.");
    if (fault === "silent_lost") return new Promise(() => undefined);
    await super.batch(statements);
    if (fault === "unconfirmed") throw new Error("Network connection lost.");
    return new Promise(() => undefined);
  }
}

/** Billing in memory, on a clock of its own. */
export class Harness {
  readonly db = new FaultyD1(billing, reversals, spending, paymentsByAccount);
  readonly variables = {
    ENVIRONMENT: "development",
    FLUSH_AT_NANO: "5000000000",
    FLUSH_SECONDS: "300",
    SPENDING_BUDGET_NANO: "",
    SPENDING_WEBHOOK_URL: "",
    STRIPE_URL: "https://stripe.example",
    TOPUP_SUCCESS_URL: "https://chitty.example/paid",
    TOPUP_CANCEL_URL: "https://chitty.example/canceled",
    TOPUP_LEAST_CENTS: "500",
    TOPUP_MOST_CENTS: "100000",
    STRIPE_SECRET_KEY,
  };
  readonly ledgers = new FakeNamespace<BillingLedger>((state) => new BillingLedger(state, this.env));
  private readonly inside = internalApp();
  private readonly outside = publicApp();

  private readonly logged = (["info", "warn", "error"] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  );

  /** What was written to the log. */
  lines(): string {
    return this.logged.flatMap((level) => level.mock.calls.map(String)).join("\n");
  }

  /** Set to have the door of backups be there. */
  backupKey = "";

  get env(): Env {
    return {
      BACKUP_KEY: this.backupKey,
      BILLING_LEDGER: this.ledgers.binding,
      DB: this.db.binding,
      ...this.variables,
      STRIPE_WEBHOOK_SECRET: SECRET,
      STRIPE_WEBHOOK_SECRET_PREVIOUS: PREVIOUS,
    };
  }

  /** Ask as a worker that is bound to it. */
  async ask(method: string, path: string, body?: unknown): Promise<Response> {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    return this.inside.fetch(new Request(`https://billing${path}`, init), this.env);
  }

  /** Ask at its host. */
  async askOutside(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return this.outside.fetch(new Request(`https://billing.chitty.cc${path}`, { ...init, method }), this.env);
  }

  record(requestId: string, fields: Partial<UsageRecord> = {}): Promise<Response> {
    return this.ask("POST", "/record", { account_id: ACCOUNT, ...entry(requestId, fields) } satisfies RecordRequest);
  }

  async balance(): Promise<Balance> {
    return (await this.ask("GET", `/balance?account_id=${ACCOUNT}`)).json<Balance>();
  }

  /** When the alarm of the account rings. */
  get alarm(): number | undefined {
    return this.ledgers.states.get(ACCOUNT)?.alarm;
  }

  /** Rows of the ledger's own database. */
  own(sql: string): Record<string, unknown>[] {
    return this.ledgers.states.get(ACCOUNT)?.rows(sql) ?? [];
  }
}

/** A record of 1000 tokens in and 500 out of Claude 3.5 Sonnet, as the source has it. */
export function entry(requestId: string, fields: Partial<UsageRecord> = {}): UsageRecord {
  return {
    request_id: requestId,
    model: "claude-3-5-sonnet",
    provider: "anthropic",
    input_tokens: 1000,
    output_tokens: 500,
    cost_nano: "10500000",
    multiplier_tier: "cloud",
    at: "2026-11-29T12:00:00.000Z",
    ...fields,
  };
}
