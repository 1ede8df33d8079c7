import * as v from "valibot";

import { CLOCK, within } from "#lib/clock";
import { ApiError, invalid, notFound } from "#lib/errors";
import { log } from "#lib/log";
import type { ApiContext, Call, Route } from "#lib/route";
import { object, parameters, type Schema } from "#lib/schema";
import { entityTypes } from "../config";
import type { Env } from "../env";
import { orUnavailable } from "../quota";
import { route } from "../route";
import { readId } from "./forms";
import { IdReader, type Wanted } from "./reader";
import { recordStores } from "./stores";

const BODY_BYTES = 1024;
// Well within the 30 seconds that a pipeline waits.
const MINT_WITHIN_MS = 10_000;
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

const WRITTEN = "an id without a slip, as CHITTY-EVNT-0001234-A1B2";
const ONE = parameters({
  chittyId: v.pipe(
    v.string(WRITTEN),
    v.check((text) => wantedOf(text) !== undefined, WRITTEN),
  ),
});
const ANY = parameters({ chittyId: v.pipe(v.string("an id"), v.maxLength(64, "at most 64 characters")) });

/** What is minted: an id for an entity of one of *types*. */
function newId(types: readonly string[]): v.GenericSchema<{ entity_type: string }> {
  return object({ entity_type: v.picklist(types, `one of ${types.join(", ")}`) });
}

/** Everything about ids. */
export const ID_ROUTES: readonly Route<Env>[] = [
  route({
    method: "POST",
    path: "/v1/mint",
    scope: "mint",
    body: { schema: (env) => newId(entityTypes(env)), limit: () => BODY_BYTES },
    handle: mint,
  }),
  route({ method: "GET", path: "/v1/validate/:chittyId", scope: "validate", params: ANY, handle: validate }),
  route({ method: "GET", path: "/v1/ids/:chittyId", scope: "read", params: ONE, handle: read }),
];

async function mint({ c, principal, body }: Call<Env, Schema, Schema, ReturnType<typeof newId>>): Promise<Response> {
  const { entity_type: entityType } = await body();
  const minting = { entityType, tokenId: principal.tokenId, idempotencyKey: idempotencyKey(c) };
  const stores = recordStores(c);
  const minted = await orUnavailable(
    stores.database,
    "mint_unavailable",
    () => within(MINT_WITHIN_MS, stores.table.mint(minting)),
    CLOCK.now,
  );
  const { record, replayed } = minted;
  if (record.entity_type !== entityType) {
    throw new ApiError(409, "idempotency_key_reused", "the Idempotency-Key minted an id of another type; take a new one");
  }
  stores.later(new IdReader(stores).remember(record));
  log("info", "minted", { chittyId: record.chittyId, tokenId: principal.tokenId, replayed });
  const headers = { Location: `/v1/ids/${record.chittyId}` };
  return c.json(record, 201, replayed ? { ...headers, "Idempotent-Replayed": "true" } : headers);
}

function idempotencyKey(c: ApiContext<Env>): string | null {
  const key = c.req.header("Idempotency-Key") ?? null;
  if (key !== null && !IDEMPOTENCY_KEY.test(key)) {
    throw invalid("Idempotency-Key", "1 to 128 visible ASCII characters");
  }
  return key;
}

async function read({ c, params }: Call<Env, typeof ONE, Schema, Schema>): Promise<Response> {
  const wanted = wantedOf(params.chittyId);
  const record = wanted === undefined ? undefined : await new IdReader(recordStores(c)).find(wanted);
  if (record === undefined) throw notFound("id");
  return c.json(record);
}

async function validate({ c, params }: Call<Env, typeof ANY, Schema, Schema>): Promise<Response> {
  const reading = readId(params.chittyId);
  const { chittyId, valid, form } = reading;
  if (!reading.valid) return c.json({ chittyId, valid, form, entity_type: null, minted: null, reason: reading.reason });
  const minted = reading.form === "minted" ? await isMinted(c, reading) : null;
  return c.json({ chittyId, valid, form, entity_type: reading.entityType, minted, reason: null });
}

/** Whether somebody minted *wanted*; `null` while that cannot be said: validation goes on without. */
async function isMinted(c: ApiContext<Env>, wanted: Wanted): Promise<boolean | null> {
  try {
    return (await new IdReader(recordStores(c)).find(wanted)) !== undefined;
  } catch (error) {
    if (error instanceof ApiError && error.status === 503) return null;
    throw error;
  }
}

function wantedOf(text: string): Wanted | undefined {
  const reading = readId(text);
  return reading.valid && reading.form === "minted" ? reading : undefined;
}
