import { Hono } from "hono";

import { explain } from "#lib/api";
import { readJson } from "#lib/body";
import { ApiError, unavailable } from "#lib/errors";
import { check } from "#lib/schema";
import { BALANCE_QUERY, CHECKOUT_REQUEST, FLUSH_REQUEST, IMPORT_BYTES, RECORDS_REQUEST, RECORD_REQUEST, USAGE_QUERY, type Imported, type Recorded, type UsageRecord } from "./api";
import type { Env } from "./env";
import { askLedger } from "./ledgers";
import { createSession } from "./stripe/checkout";

const BODY_BYTES = 4_096;

/** Return the router of what other workers ask: see `api.ts`. Whoever is bound to it may ask. */
export function internalApp(): Hono<{ Bindings: Env }> {
  const app = new Hono<{ Bindings: Env }>();
  app.post("/record", async (c) => {
    const { account_id, ...record } = check(RECORD_REQUEST, await readJson(c.req.raw, BODY_BYTES));
    const entered = await askLedger(c.env, account_id, (it) => it.enter(account_id, [record]));
    const isNew = entered.recorded === 1;
    const charged_nano = isNew ? entered.charged_nano : entered.charged_before_nano;
    return c.json({ recorded: isNew, charged_nano, balance_nano: entered.balance_nano } satisfies Recorded);
  });
  app.post("/import", async (c) => {
    const { account_id, records, elsewhere } = check(RECORDS_REQUEST, await readJson(c.req.raw, IMPORT_BYTES));
    const entered = elsewhere ? records.map(fromElsewhere) : records;
    const { charged_before_nano, ...answer } = await askLedger(c.env, account_id, (it) => it.enter(account_id, entered));
    return c.json(answer satisfies Imported);
  });
  app.get("/balance", async (c) => {
    const { account_id } = check(BALANCE_QUERY, c.req.query(), "the query");
    return c.json(await askLedger(c.env, account_id, (it) => it.balance(account_id)));
  });
  app.get("/usage", async (c) => {
    const { account_id, from, to } = check(USAGE_QUERY, c.req.query(), "the query");
    return c.json(await askLedger(c.env, account_id, (it) => it.usage(account_id, from, to)));
  });
  app.post("/flush", async (c) => {
    const { account_id } = check(FLUSH_REQUEST, await readJson(c.req.raw, BODY_BYTES));
    const flushed = await askLedger(c.env, account_id, (it) => it.flush());
    if (flushed === "unconfirmed") throw unavailable("database_unavailable", "D1 has not confirmed it; nothing is lost, and the ledger tries again");
    return c.json(flushed);
  });
  app.post("/checkout", async (c) => c.json(await createSession(c.env, check(CHECKOUT_REQUEST, await readJson(c.req.raw, BODY_BYTES))), 201));
  app.notFound(() => new ApiError(404, "not_found", "there is nothing at this address").toResponse());
  app.onError(explain);
  return app;
}

/** Return *record* with an id that no call can have: theirs are without spaces. */
function fromElsewhere(record: UsageRecord): UsageRecord {
  return { ...record, request_id: `imported ${record.request_id}` };
}
