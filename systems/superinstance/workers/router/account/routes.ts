import * as v from "valibot";

import { CLOCK } from "#lib/clock";
import { unavailable } from "#lib/errors";
import { log } from "#lib/log";
import type { Call, Route } from "#lib/route";
import { parameters, text, type Schema } from "#lib/schema";
import { asked, journalOf } from "../calls/call";
import type { Env } from "../env";
import { catalog } from "../models/catalog";
import { callerOf } from "../principal";
import { route } from "../route";
import { askBilling, passedOn, type Unavailable } from "./billing";

const DAY = text(/^\d{4}-\d{2}-\d{2}$/, "a day in UTC as 2026-11-29");
const PERIOD = parameters({ from: v.optional(DAY), to: v.optional(DAY) });
const DAY_MS = 86_400_000;
const PERIOD_DAYS = 30;
const USAGE_UNAVAILABLE: Unavailable = ["usage_unavailable", "usage cannot be looked up at the moment"];

/** How an account stands. */
export const ACCOUNT_ROUTES: readonly Route<Env>[] = [
  route({ method: "GET", path: "/v1/status", scope: "read", handle: status }),
  route({ method: "GET", path: "/v1/usage", scope: "read", query: PERIOD, handle: usage }),
];

async function status({ c, env, principal }: Call<Env, Schema, Schema, Schema>): Promise<Response> {
  const { accountId, limit } = callerOf(principal);
  const { remaining, othersRemaining, unbilled, refused } = await asked(journalOf(env, accountId).standing(principal.tokenId, limit));
  return c.json({
    account_id: accountId,
    key: principal.tokenId,
    requests_per_minute: limit,
    requests_remaining: remaining,
    other_requests_remaining: othersRemaining,
    unbilled_requests: unbilled,
    refused_records: refused,
    models: catalog(env, CLOCK.now()).map(({ name, provider, id, maxOutput, rates, since }) => ({
      name,
      provider,
      id,
      max_output_tokens: maxOutput,
      input_nano: rates.input,
      output_nano: rates.output,
      priced_since: new Date(since).toISOString().slice(0, 10),
    })),
  });
}

/** What the ledger says of the account, and of no other. */
async function usage({ env, principal, query }: Call<Env, Schema, typeof PERIOD, Schema>): Promise<Response> {
  const now = CLOCK.now();
  const { from = dayOf(now - PERIOD_DAYS * DAY_MS), to = dayOf(now + DAY_MS) } = query;
  const period = new URLSearchParams({ account_id: callerOf(principal).accountId, from, to });
  const answer = await askBilling(env, `/usage?${period.toString()}`, {}, USAGE_UNAVAILABLE);
  if (answer.status < 500) return passedOn(answer);
  log("error", "billing_failed", { status: answer.status });
  throw unavailable(...USAGE_UNAVAILABLE);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
