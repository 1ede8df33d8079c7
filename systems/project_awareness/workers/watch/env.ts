import type { WatchState } from "./state_object";

/** What the platform binds to the watcher. Numbers and lists arrive as text: see `config.ts`. */
export interface Env {
  WATCH_STATE_DO: DurableObjectNamespace;
  HEALTH_CHECKS: AnalyticsEngineDataset;

  ENVIRONMENT: string;
  OWN_ORIGIN: string;
  OTHER_ORIGINS: string;
  ACCOUNT_ID: string;
  USAGE_DATASET: string;
  CHECKS_DATASET: string;
  HEALTH_SECONDS: string;
  ALERTS: string;

  SERVICE_TOKEN: string;
  ANALYTICS_TOKEN?: string;
  PAGERDUTY_API_KEY?: string;
  SLACK_WEBHOOK_URL?: string;
}

/** The one object that knows which alerts are open. The stub's own type cannot express what it answers. */
export function stateOf({ WATCH_STATE_DO: namespace }: Env): WatchState {
  return namespace.get(namespace.idFromName("watch")) as unknown as WatchState;
}
