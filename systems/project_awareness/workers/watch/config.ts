import * as v from "valibot";

import { count, setting, variable } from "#lib/variables";
import type { Env } from "./env";

const AMOUNT = v.pipe(v.number(), v.minValue(0));

const LIMITS = v.pipe(
  v.string(),
  v.parseJson(undefined, "a JSON object of limits"),
  v.strictObject({
    /** Failed checks of health in five minutes. */
    failures: AMOUNT,
    /** Answers of a hundred that are errors, in five minutes: somebody is paged. */
    errors_page_percent: AMOUNT,
    /** Answers of a hundred that are errors, in ten minutes: the channel is told. */
    errors_warn_percent: AMOUNT,
    /** Milliseconds that 95 of 100 answers take, in ten minutes. */
    slow_ms: AMOUNT,
    /** With fewer requests a share of errors, or a percentile, says nothing. */
    least_requests: AMOUNT,
    /** Minutes that all has to be well before an alert ends. */
    calm_minutes: AMOUNT,
    /** Minutes without anything to judge by after which that is said. */
    silent_minutes: AMOUNT,
    /** Hours after which an alert that lasts is told again; 0: never. */
    remind_hours: AMOUNT,
  }),
);

/** What alerts begin and end by. */
export type Limits = v.InferOutput<typeof LIMITS>;

export function limitsOf(env: Env): Limits {
  return setting(env, "ALERTS", LIMITS);
}

/** Seconds between two checks of the own health: 30 or 60, for a cron runs once a minute at most. */
export function healthSeconds(env: Env): number {
  return setting(env, "HEALTH_SECONDS", count(60));
}

/** Origins of other stacks, whose health is looked at as well. */
export function otherOrigins(env: Env): string[] {
  return variable(env, "OTHER_ORIGINS").split(",").filter((origin) => origin !== "");
}

/** Who can be told: those whose secrets are there. */
export type Destination = "pagerduty" | "slack";

export function destinationsOf(env: Env): Destination[] {
  const known = { pagerduty: env.PAGERDUTY_API_KEY, slack: env.SLACK_WEBHOOK_URL };
  return (["pagerduty", "slack"] as const).filter((each) => (known[each] ?? "") !== "");
}
