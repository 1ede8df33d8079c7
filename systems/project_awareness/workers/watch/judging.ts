import * as v from "valibot";

import { log } from "#lib/log";
import { limitsOf } from "./config";
import type { Env } from "./env";
import { RULES, type Finding, type Row, type Rule } from "./rules";

const SQL_MS = 10_000;
const ANSWER = v.object({ data: v.array(v.record(v.string(), v.unknown())) });

/**
 * Ask the datasets, and judge. A rule of which nothing is known, because there are no points or the query failed, has
 * no finding: whoever keeps count says so when it lasts.
 */
export async function findings(env: Env): Promise<Finding[]> {
  const found = await Promise.all(RULES.map((rule) => findingOf(env, rule)));
  return found.filter((finding) => finding !== null);
}

async function findingOf(env: Env, rule: Rule): Promise<Finding | null> {
  try {
    const row = await ask(env, rule.sql(env));
    if (row === null || !((row["total"] ?? 0) > 0)) return null;
    return { rule: rule.id, ...rule.judge(row, limitsOf(env)) };
  } catch (error) {
    // What failed may have the token or an address in it; its kind has not.
    const reason = error instanceof NotAnsweredError ? error.message : error instanceof Error ? error.name : "unknown";
    log("error", "rule_not_judged", { rule: rule.id, reason });
    return null;
  }
}

/** The SQL API did not answer the query. */
class NotAnsweredError extends Error {}

/** The one row of *sql*; `null` where the dataset has no point yet, which is when it comes to be. */
async function ask(env: Env, sql: string): Promise<Row | null> {
  const response = await fetch(`https://api.cloudflare.com/client/v4/accounts/${env.ACCOUNT_ID}/analytics_engine/sql`, {
    method: "POST",
    headers: { Authorization: `Bearer ${env.ANALYTICS_TOKEN ?? ""}` },
    body: sql,
    redirect: "manual",
    signal: AbortSignal.timeout(SQL_MS),
  });
  const text = await response.text();
  if (/unknown table|unable to find table/i.test(text)) return null;
  if (!response.ok) throw new NotAnsweredError(`the SQL API answered ${response.status}`);
  const [row] = v.parse(v.pipe(v.string(), v.parseJson(), ANSWER), text).data;
  if (row === undefined) return null;
  // Large whole numbers come as text, and what there is none of as null.
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value ?? 0) || 0]));
}
