import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";

/** What came of telling billing of a call. */
export type Outcome = "recorded" | "refused" | "unreachable";

const TIMEOUT_MS = 10_000;
const ADDRESS = "https://billing/record";
/** What billing answers to what it will never take; the rest is worth another try. */
const REFUSALS: readonly number[] = [400, 413, 422];

/** Tell *billing* of one call. It may be told twice: it bills a request_id once. */
export async function deliver(billing: Fetcher, record: string): Promise<Outcome> {
  try {
    const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: record };
    const answer = await within(TIMEOUT_MS, billing.fetch(ADDRESS, request));
    const said = await answer.text();
    if (answer.ok) return "recorded";
    log("error", "billing_failed", { status: answer.status, said: said.slice(0, 200) });
    return REFUSALS.includes(answer.status) ? "refused" : "unreachable";
  } catch (error) {
    log("error", "billing_failed", describeError(error));
    return "unreachable";
  }
}
