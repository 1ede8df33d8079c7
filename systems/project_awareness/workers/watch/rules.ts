import type { Destination, Limits } from "./config";
import type { Env } from "./env";

/** What a query of a rule gave, as numbers by the names of its columns. */
export type Row = Readonly<Record<string, number>>;

/** What was found out for a rule. */
export interface Finding {
  rule: string;
  isCrossed: boolean;
  /** The measure in words, for people: "7.3 % of 412 requests". */
  text: string;
}

/** When somebody is told, and who. */
export interface Rule {
  id: string;
  title: string;
  to: readonly Destination[];
  severity: "critical" | "error" | "warning";
  /** The query, of one row; `total` is how much there was to judge by. */
  sql(env: Env): string;
  judge(row: Row, limits: Limits): Omit<Finding, "rule">;
}

const BOTH = ["pagerduty", "slack"] as const;
const PERCENT = 100;
/** What was served, or is an error of ours: what is refused (4xx) anybody can send in any number, and hide errors among it. */
const SERVED = "(double1 < 400 OR double1 >= 500)";

/**
 * The rules (PA-13). Points are sampled by Cloudflare: each stands for `_sample_interval` of them, so that is added up
 * and never counted. An answer of 101 is a WebSocket, whose time is that of its opening.
 */
export const RULES: readonly Rule[] = [
  {
    id: "service_down",
    title: "Project Awareness is down",
    to: BOTH,
    severity: "critical",
    sql: (env) => checks(env, "blob1 = 'health'", 5),
    judge: ({ failed = 0, total = 0 }, { failures }) => ({
      isCrossed: failed >= failures,
      text: `${failed} of ${total} checks of /health failed in 5 minutes`,
    }),
  },
  {
    id: "errors_page",
    title: "Many answers are errors",
    to: ["pagerduty"],
    severity: "error",
    sql: (env) => errors(env, 5),
    judge: (row, limits) => share(row, limits.errors_page_percent, limits),
  },
  {
    id: "slow",
    title: "Answers are slow",
    to: ["pagerduty"],
    severity: "error",
    sql: (env) => usage(env, "quantileExactWeighted(0.95)(double2, _sample_interval) AS p95", 10, `double1 != 101 AND ${SERVED}`),
    judge: ({ p95 = 0, total = 0 }, limits) => ({
      isCrossed: total >= limits.least_requests && p95 > limits.slow_ms,
      text: `95 of 100 answers take up to ${Math.round(p95)} ms, of ${total}`,
    }),
  },
  {
    id: "errors_warn",
    title: "Some answers are errors",
    to: ["slack"],
    severity: "warning",
    sql: (env) => errors(env, 10),
    judge: (row, limits) => share(row, limits.errors_warn_percent, limits),
  },
  {
    id: "checks_fail",
    title: "Checks fail",
    to: ["slack"],
    severity: "warning",
    sql: (env) => checks(env, "blob1 != 'health'", 15),
    judge: ({ failed = 0, total = 0 }, { failures }) => ({
      isCrossed: failed >= failures,
      text: `${failed} of ${total} checks beside /health failed in 15 minutes`,
    }),
  },
];

/** The rule that nothing can be judged by: that is neither well nor an error, and is said by itself. */
export const SILENCE: Pick<Rule, "id" | "title" | "to" | "severity"> = {
  id: "no_data",
  title: "There is nothing to judge by",
  to: ["slack"],
  severity: "warning",
};

/** Everything that can be told of. */
export const TOLD = [...RULES, SILENCE];

function share({ failed = 0, total = 0 }: Row, most: number, { least_requests: least }: Limits): Omit<Finding, "rule"> {
  const percent = total > 0 ? (failed / total) * PERCENT : 0;
  return {
    isCrossed: total >= least && percent > most,
    text: `${percent.toFixed(1)} % of ${total} answers (limit ${most} %)`,
  };
}

function errors(env: Env, minutes: number): string {
  return usage(env, "sumIf(_sample_interval, double1 >= 500) AS failed", minutes, SERVED);
}

function usage(env: Env, measured: string, minutes: number, only: string): string {
  return select(env.USAGE_DATASET, measured, minutes, only);
}

function checks(env: Env, only: string, minutes: number): string {
  return select(env.CHECKS_DATASET, "sumIf(_sample_interval, blob3 = 'down') AS failed", minutes, only);
}

function select(dataset: string, measured: string, minutes: number, only: string): string {
  const where = `timestamp > now() - INTERVAL '${minutes}' MINUTE AND ${only}`;
  return `SELECT sum(_sample_interval) AS total, ${measured} FROM ${dataset} WHERE ${where} FORMAT JSON`;
}
