import * as v from "valibot";

import { unavailable } from "#lib/errors";
import { log } from "#lib/log";
import type { Call, Route } from "#lib/route";
import { object, wholeNumber, type Schema } from "#lib/schema";
import type { Env } from "../env";
import { REQUEST_ID } from "../escalate/model";
import { callerOf } from "../principal";
import { route } from "../route";
import { askBilling, passedOn, type Unavailable } from "./billing";

const BODY_BYTES = 4_096;
/** Billing knows the limits that are configured: these are those of Stripe. */
const MOST_CENTS = 99_999_999;
const TOPUPS_UNAVAILABLE: Unavailable = ["topups_unavailable", "no page to pay at can be made at the moment; send the same again"];
/** What billing says on purpose; anything else is a fault of its own. */
const SAID: readonly number[] = [201, 400, 409, 501, 502, 503];

const TOPUP = object({
  amount_cents: wholeNumber(1, MOST_CENTS),
  /** Sent again with it, a request gives the same page. */
  request_id: v.optional(REQUEST_ID),
});

/** Where accounts pay. */
export const TOPUP_ROUTES: readonly Route<Env>[] = [
  route({ method: "POST", path: "/v1/topups", scope: "topup", body: { schema: () => TOPUP, limit: () => BODY_BYTES }, handle: topUp }),
];

/** Have a page made at which the account pays. Nothing is credited here: that is done when Stripe says that it has paid. */
async function topUp({ env, principal, body }: Call<Env, Schema, Schema, typeof TOPUP>): Promise<Response> {
  const asked = { account_id: callerOf(principal).accountId, ...(await body()) };
  const init = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) };
  const answer = await askBilling(env, "/checkout", init, TOPUPS_UNAVAILABLE);
  if (SAID.includes(answer.status)) return passedOn(answer);
  log("error", "billing_failed", { status: answer.status });
  throw unavailable(...TOPUPS_UNAVAILABLE);
}
