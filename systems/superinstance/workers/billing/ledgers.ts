import { within } from "#lib/clock";
import { unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { Env } from "./env";
import type { Ledger } from "./ledger/object";

// Longer than D1 may take for all that is pending of an account.
const LEDGER_MS = 60_000;

/** Ask the ledger of an account. ApiError 503 when it does not answer: the same may be asked again. */
export async function askLedger<T>(env: Env, accountId: string, ask: (ledger: Ledger) => Promise<T>): Promise<T> {
  // Always by name: an object only knows its name from who wakes it.
  const ledger = env.BILLING_LEDGER.getByName(accountId) as unknown as Ledger;
  try {
    return await within(LEDGER_MS, ask(ledger));
  } catch (error) {
    log("error", "ledger_unavailable", describeError(error));
    throw unavailable("ledger_unavailable", "the ledger does not answer; send the same again");
  }
}
