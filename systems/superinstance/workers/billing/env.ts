/** What the platform binds to the worker. Numbers arrive as text: see `config.ts`. */
export interface Env {
  BILLING_LEDGER: DurableObjectNamespace;
  DB: D1Database;

  ENVIRONMENT: string;
  FLUSH_AT_NANO: string;
  FLUSH_SECONDS: string;
  SPENDING_BUDGET_NANO: string;
  STRIPE_URL: string;
  TOPUP_SUCCESS_URL: string;
  TOPUP_CANCEL_URL: string;
  TOPUP_LEAST_CENTS: string;
  TOPUP_MOST_CENTS: string;

  BACKUP_KEY: string;
  STRIPE_SECRET_KEY: string;
  STRIPE_WEBHOOK_SECRET: string;
  STRIPE_WEBHOOK_SECRET_PREVIOUS: string;
  SPENDING_WEBHOOK_URL: string;
}
