import { Hono } from "hono";

import { explain } from "#lib/api";
import { objectsDoor, objectsOf } from "#lib/backup/door";
import { parseJson, readBytes } from "#lib/body";
import { CLOCK } from "#lib/clock";
import { ApiError } from "#lib/errors";
import { healthHandler, type HealthParts } from "#lib/health";
import { log } from "#lib/log";
import type { ApiTypes } from "#lib/route";
import { securityHeaders } from "#lib/security";
import { isLive, webhookSecrets } from "./config";
import type { Env } from "./env";
import { askLedger } from "./ledgers";
import type { Reversal } from "./ledger/payments";
import { readEvent } from "./stripe/event";
import { keepReversal } from "./stripe/reversals";
import { verify } from "./stripe/signature";

const EVENT_BYTES = 1_048_576;
const NOBODY = "health";
const PAID = "Thank you. The balance grows as soon as Stripe says that the payment has arrived; you can close this page.\n";
const CANCELED = "Nothing was paid. You can close this page.\n";

const HEALTH: HealthParts<Env> = {
  service: "superinstance-billing",
  version: "0.1.0",
  probes: {
    database: ({ DB }) => DB.prepare("SELECT 1").first(),
    ledgers: (env) => askLedger(env, NOBODY, (ledger) => ledger.balance(NOBODY)),
  },
  // Records are taken while D1 is out: they go there later.
  dispensable: ["database"],
};

/** Return the router of the host: Stripe's events, the pages that payers come back to, health, and with a key of backups
 * what ledgers keep. Nothing else of billing can be asked from outside. */
export function publicApp(): Hono<ApiTypes<Env>> {
  const app = new Hono<ApiTypes<Env>>();
  app.use(securityHeaders());
  app.get("/health", healthHandler(HEALTH));
  app.get("/paid", (c) => c.text(PAID));
  app.get("/canceled", (c) => c.text(CANCELED));
  app.post("/topup", async (c) => c.json(await topUp(c.req.raw, c.env)));
  app.post("/admin/objects", async (c) => c.json(await objectsDoor(c.req.raw, c.env.BACKUP_KEY, { BillingLedger: objectsOf(c.env.BILLING_LEDGER) })));
  app.notFound(() => new ApiError(404, "not_found", "there is nothing at this address").toResponse());
  app.onError(explain);
  return app;
}

/** Credit what Stripe says was paid. Whatever is answered with 200, Stripe does not send again. */
async function topUp(request: Request, env: Env): Promise<object> {
  const body = await readBytes(request, EVENT_BYTES);
  await verify(body, request.headers.get("Stripe-Signature"), webhookSecrets(env), CLOCK.now());
  const change = readEvent(parseJson(body), isLive(env));
  if ("ignored" in change) return { received: true, ignored: change.ignored };
  if ("reversal" in change) return takeBack(env, change.reversal);
  const { accountId, payment } = change;
  const credited = await askLedger(env, accountId, (ledger) => ledger.credit(accountId, payment));
  log("info", "topped_up", { accountId, paymentId: payment.paymentId, creditedNano: credited.credited_nano });
  return { received: true, ...credited };
}

/** Take back, or give back again. What comes before its payment waits in D1 for it. */
async function takeBack(env: Env, reversal: Reversal): Promise<object> {
  const { paymentId, reversalId, kind } = reversal;
  const accountId = await keepReversal(env.DB, reversal);
  if (accountId === undefined) return { received: true, waiting: "for its payment" };
  const credited = await askLedger(env, accountId, (ledger) => ledger.reverse(accountId, [reversal]));
  log("info", "reversed", { accountId, paymentId, reversalId, kind, creditedNano: credited.credited_nano });
  return { received: true, ...credited };
}
