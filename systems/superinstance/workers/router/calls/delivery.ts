import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { RecordRequest } from "../../billing/api";
import { field, jsonOf } from "../providers/provider";

/** Records of one account, as billing takes many. */
export interface Imported {
  account_id: string;
  records: Omit<RecordRequest, "account_id">[];
}

/** What came of telling billing of calls. */
export interface Outcome {
  is: "recorded" | "refused" | "unreachable";
  /** What the account has left after them, in 10⁻⁹ dollars; `undefined` where billing has not said so. */
  balanceNano?: bigint;
}

const TIMEOUT_MS = 10_000;
/** Takes many records of an account, all of them or none, and each id once. */
const ADDRESS = "https://billing/import";
/** What billing answers to what it will never take; the rest is worth another try. */
const REFUSALS: readonly number[] = [400, 413, 422];
const MOST_CHARACTERS = 200;

/** Tell *billing* of calls of one account. It may be told twice: it bills a request_id once. */
export async function deliver(billing: Fetcher, records: readonly RecordRequest[]): Promise<Outcome> {
  try {
    const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: imported(records) };
    const answer = await within(TIMEOUT_MS, billing.fetch(ADDRESS, request));
    const said = await answer.text();
    if (answer.ok) return { is: "recorded", ...balanceIn(said) };
    log("error", "billing_failed", { status: answer.status, said: said.slice(0, MOST_CHARACTERS) });
    return { is: REFUSALS.includes(answer.status) ? "refused" : "unreachable" };
  } catch (error) {
    log("error", "billing_failed", describeError(error));
    return { is: "unreachable" };
  }
}

/** Ask *billing* what the account has left, in 10⁻⁹ dollars; `undefined` where it does not say. */
export async function askBalance(billing: Fetcher, accountId: string): Promise<bigint | undefined> {
  try {
    const asked = new URLSearchParams({ account_id: accountId });
    const answer = await within(TIMEOUT_MS, billing.fetch(`https://billing/balance?${asked.toString()}`));
    const said = await answer.text();
    if (answer.ok) return balanceIn(said).balanceNano;
    log("error", "billing_failed", { status: answer.status });
  } catch (error) {
    log("error", "billing_failed", describeError(error));
  }
  return undefined;
}

function balanceIn(said: string): Pick<Outcome, "balanceNano"> {
  const balance = field(jsonOf(said), "balance_nano");
  return typeof balance === "string" && /^-?\d{1,18}$/.test(balance) ? { balanceNano: BigInt(balance) } : {};
}

function imported(records: readonly RecordRequest[]): string {
  const account_id = records[0]?.account_id ?? "";
  const entries = records.map(({ account_id: _, ...entry }) => entry);
  return JSON.stringify({ account_id, records: entries } satisfies Imported);
}
