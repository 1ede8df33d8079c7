import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import { variable } from "#lib/variables";
import { spendingBudgetNano } from "../config";
import type { Env } from "../env";
import { dollars } from "../money";

const D1_MS = 10_000;
const SEND_MS = 10_000;
const DAY_MS = 86_400_000;
/** After so long without being told, a notice may be claimed by another ledger. */
const CLAIM_MS = 600_000;

/** Sums of a chunk of a batch, where D1 is as far as the ledger: ?1 the account, ?2 the ledger, ?3 the rows, ?4 how far. */
export const D1_SPENT = `
  INSERT INTO provider_spending (month, provider, cost_nano)
  SELECT substr(value ->> 2, 1, 7), value ->> 3, SUM(value ->> 8) FROM json_each(?3)
  WHERE CAST(?4 AS INTEGER) = COALESCE((SELECT flushed FROM ledgers WHERE account_id = ?1 AND ledger_id = ?2), 0)
  GROUP BY 1, 2
  ON CONFLICT (month, provider) DO UPDATE SET cost_nano = cost_nano + excluded.cost_nano`;
const SPENT = "SELECT CAST(COALESCE(SUM(cost_nano), 0) AS TEXT) AS spent FROM provider_spending WHERE month = ?1";
const CLAIM = `
  INSERT INTO spending_notices (month, claimed_at, is_told) VALUES (?1, CAST(?2 AS INTEGER), 0)
  ON CONFLICT (month) DO UPDATE SET claimed_at = excluded.claimed_at
    WHERE is_told = 0 AND claimed_at <= excluded.claimed_at - ${CLAIM_MS}
  RETURNING month`;
const TOLD = "UPDATE spending_notices SET is_told = 1 WHERE month = ?1";

/**
 * Tell once where what providers are paid in a month is more than the budget: in the log, and to the webhook if there is one.
 *
 * It never throws: what it is called after is done. What nobody took is told again after ten minutes, with the next flush.
 */
export async function tellOfSpending(env: Env, now: number): Promise<void> {
  try {
    const budget = spendingBudgetNano(env);
    if (budget === undefined) return;
    // What a flush brings may be of yesterday.
    for (const month of new Set([monthOf(now - DAY_MS), monthOf(now)])) await tellOf(env, month, budget, now);
  } catch (error) {
    log("error", "spending_not_told", describeError(error));
  }
}

async function tellOf(env: Env, month: string, budget: bigint, now: number): Promise<void> {
  const sum = await within(D1_MS, env.DB.prepare(SPENT).bind(month).first<{ spent: string }>());
  const spent = BigInt(sum?.spent ?? 0);
  if (spent <= budget) return;
  const claimed = await within(D1_MS, env.DB.prepare(CLAIM).bind(month, String(now)).first());
  if (claimed === null) return;
  log("error", "providers_over_budget", { month, spentNano: String(spent), budgetNano: String(budget) });
  if (await isTaken(env, textOf(env, month, spent, budget))) await within(D1_MS, env.DB.prepare(TOLD).bind(month).run());
}

/** Whether the webhook has taken *text*, or there is none. Its address is its secret: it stands in no log. */
async function isTaken(env: Env, text: string): Promise<boolean> {
  const address = variable(env, "SPENDING_WEBHOOK_URL");
  if (address === "") return true;
  const status = await post(address, JSON.stringify({ text }));
  if (status >= 200 && status < 300) return true;
  log("error", "notice_not_delivered", { status });
  return false;
}

/** The status of the answer; 0 where there was none. */
async function post(address: string, body: string): Promise<number> {
  try {
    const headers = { "Content-Type": "application/json" };
    const response = await within(SEND_MS, fetch(address, { method: "POST", headers, body, redirect: "manual" }));
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

function textOf({ ENVIRONMENT }: Env, month: string, spent: bigint, budget: bigint): string {
  const over = `providers of language models come to ${dollars(spent)} in ${month} (UTC)`;
  return `SuperInstance (${ENVIRONMENT}): ${over}, above the budget of ${dollars(budget)} (chittyos:budgets.models); calls go on`;
}

function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}
