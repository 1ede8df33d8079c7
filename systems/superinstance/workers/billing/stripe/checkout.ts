import * as v from "valibot";

import { within } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { sha256Hex } from "#lib/hash";
import { describeError, log } from "#lib/log";
import type { CheckoutRequest, CheckoutSession } from "../api";
import { amountLimits, checkoutSettings, type CheckoutSettings } from "../config";
import type { Env } from "../env";

/** Which of Stripe's versions answers are read by, whatever the account's own default is. */
const VERSION = "2026-10-28.endive";
const STRIPE_MS = 20_000;
const BUSY: readonly number[] = [409, 429, 503];
const LOCKED: readonly number[] = [401, 403];

const SESSION = v.object({
  id: v.pipe(v.string(), v.regex(/^cs_[A-Za-z0-9_]{1,255}$/)),
  url: v.pipe(v.string(), v.url()),
  expires_at: v.pipe(v.number(), v.integer()),
});
const WORD = v.fallback(v.pipe(v.string(), v.regex(/^[a-z_]{1,64}$/)), "");
const REFUSAL = v.fallback(v.object({ error: v.object({ type: WORD, code: WORD }) }), { error: { type: "", code: "" } });

/**
 * Have Stripe make a page at which *account_id* pays *amount_cents*. Nothing is credited by it: that is done by the event
 * that the payment has succeeded, which names the account in its metadata.
 *
 * The same `request_id` of an account gives the same page for a day, as long as the pages to come back to are the same. ApiError 501 where top-ups are not set up, 400 for an
 * amount outside of the limits, 409 for a `request_id` of another amount, 502 and 503 where Stripe makes none.
 */
export async function createSession(env: Env, request: CheckoutRequest): Promise<CheckoutSession> {
  const settings = checkoutSettings(env);
  if (settings === undefined) {
    throw new ApiError(501, "topups_not_set_up", "top-ups are not set up here; ask whoever runs this for credit");
  }
  refuseAmount(env, request.amount_cents);
  const response = await post(settings, request);
  if (!response.ok) throw await refusal(response);
  return sessionOf(await response.json().catch(() => null), request.amount_cents);
}

function refuseAmount(env: Env, cents: number): void {
  const { least, most } = amountLimits(env);
  if (cents >= least && cents <= most) return;
  throw new ApiError(400, "amount_refused", `amount_cents must be a whole number from ${least} to ${most}`);
}

async function post(settings: CheckoutSettings, request: CheckoutRequest): Promise<Response> {
  try {
    return await within(
      STRIPE_MS,
      fetch(`${settings.address}/v1/checkout/sessions`, {
        method: "POST",
        headers: {
          Authorization: `Bearer ${settings.key}`,
          "Content-Type": "application/x-www-form-urlencoded",
          "Idempotency-Key": await idempotencyKey(settings, request),
          "Stripe-Version": VERSION,
        },
        body: formOf(settings, request).toString(),
        redirect: "manual",
      }),
    );
  } catch (error) {
    log("error", "stripe_unreachable", describeError(error));
    throw unavailable("stripe_unreachable", "Stripe does not answer; send the same again");
  }
}

/**
 * Of an account's own: nobody gets the page of another by choosing the same id. And of all that Stripe is sent but the
 * amount: what is configured may change, and then an id that is sent again is no mistake of whoever sends it.
 */
async function idempotencyKey(settings: CheckoutSettings, request: CheckoutRequest): Promise<string> {
  if (request.request_id === undefined) return crypto.randomUUID();
  const sameForm = formOf(settings, { ...request, amount_cents: 0 }).toString();
  return `topup-${await sha256Hex([request.account_id, request.request_id, VERSION, sameForm].join("\n"))}`;
}

function formOf(settings: CheckoutSettings, { account_id, amount_cents }: CheckoutRequest): URLSearchParams {
  return new URLSearchParams({
    mode: "payment",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": String(amount_cents),
    "line_items[0][price_data][product_data][name]": "SuperInstance balance",
    // What is paid in another currency would not be credited.
    "adaptive_pricing[enabled]": "false",
    client_reference_id: account_id,
    "metadata[account_id]": account_id,
    "payment_intent_data[metadata][account_id]": account_id,
    success_url: settings.successUrl,
    cancel_url: settings.cancelUrl,
  });
}

/** Never what Stripe says in words: that repeats what it was sent. */
async function refusal(response: Response): Promise<ApiError> {
  const { status } = response;
  const { type, code } = v.parse(REFUSAL, await response.json().catch(() => null)).error;
  log("error", "stripe_refused", { status, type, code });
  if (BUSY.includes(status)) return unavailable("stripe_busy", "Stripe takes no more requests at the moment");
  if (type === "idempotency_error") {
    return new ApiError(409, "request_id_reused", "this request_id belongs to a top-up of another amount; take a new one");
  }
  if (LOCKED.includes(status)) return new ApiError(502, "stripe_locked", "Stripe does not take the key of this service; it has been logged");
  return new ApiError(502, "stripe_failed", "Stripe has made no page to pay at; it has been logged");
}

function sessionOf(json: unknown, amountCents: number): CheckoutSession {
  const session = v.safeParse(SESSION, json);
  if (!session.success) {
    log("error", "stripe_garbled", { path: v.getDotPath(session.issues[0]) ?? "" });
    throw new ApiError(502, "stripe_failed", "Stripe has made no page to pay at; it has been logged");
  }
  const { id, url, expires_at } = session.output;
  return { id, url, amount_cents: amountCents, expires_at: new Date(expires_at * 1000).toISOString() };
}
