import { unavailable } from "#lib/errors";
import { log } from "#lib/log";
import type { Call, Route } from "#lib/route";
import type { Schema } from "#lib/schema";
import { IMPORT_BYTES, IMPORT_REQUEST } from "../../billing/api";
import type { Env } from "../env";
import { route } from "../route";
import { askBilling, passedOn, type Unavailable } from "./billing";

const IMPORTS_UNAVAILABLE: Unavailable = ["imports_unavailable", "usage cannot be imported at the moment; send the same again"];
/** What billing says on purpose; anything else is a fault of its own. */
const SAID: readonly number[] = [200, 400, 503];

/** Where usage of any account and time is brought in, by whoever runs the platform. */
export const IMPORT_ROUTES: readonly Route<Env>[] = [
  route({ method: "POST", path: "/v1/imports", scope: "usage:import", body: { schema: () => IMPORT_REQUEST, limit: () => IMPORT_BYTES }, handle: bringIn }),
];

/** Have the ledger of the account enter all records, or none. One that it knows is not entered again. */
async function bringIn({ env, body }: Call<Env, Schema, Schema, typeof IMPORT_REQUEST>): Promise<Response> {
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ ...(await body()), elsewhere: true }) };
  const answer = await askBilling(env, "/import", init, IMPORTS_UNAVAILABLE);
  if (SAID.includes(answer.status)) return passedOn(answer);
  log("error", "billing_failed", { status: answer.status });
  throw unavailable(...IMPORTS_UNAVAILABLE);
}
