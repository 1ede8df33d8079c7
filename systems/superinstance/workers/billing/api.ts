import * as v from "valibot";

import { object, parameters, text, wholeNumber } from "#lib/schema";
import { TIERS } from "./money";

/**
 * What the entrypoint `Billing` of the worker answers to the workers that are bound to it.
 *
 * | request | answer |
 * |---|---|
 * | `POST /record` RecordRequest | Recorded |
 * | `POST /import` ImportRequest | Imported |
 * | `GET /balance?account_id=` | Balance |
 * | `GET /usage?account_id=&from=&to=` | Usage |
 * | `POST /flush` FlushRequest | Flushed |
 * | `POST /checkout` CheckoutRequest | CheckoutSession |
 *
 * Whatever is not 200 is `{"error": {"code", "message"}}`. After a 503, or no answer at all, the same request may be
 * sent again: a request_id is billed once. `POST /topup` is Stripe's, at the public host of the worker.
 */
const RECORDS_AN_IMPORT = 1_000;
const MOST_DAYS = 366;
const MOST_TOKENS = 1_000_000_000;
const AHEAD_MS = 300_000;
const DAY_MS = 86_400_000;
const LAST_DAY = Date.UTC(9999, 11, 31);

const ID = "1 to 128 visible ASCII characters";
const NANO = "a whole number of 10^-9 dollars as text, 15 digits at most";
const AT = "a time in UTC as 2026-11-29T12:00:00.000Z, not ahead of now";
const DAY = "a day in UTC as 2026-11-29";

/** Whose usage it is: also the name of the object that keeps the ledger. */
export const ACCOUNT_ID = text(/^[A-Za-z0-9][A-Za-z0-9_.:@-]{0,127}$/, "1 to 128 letters, digits and _ . : @ -");

const ENTRIES = {
  request_id: text(/^[\x21-\x7e]{1,128}$/, ID),
  model: text(/^[\x21-\x7e]{1,128}$/, ID),
  provider: text(/^[a-z0-9_-]{1,32}$/, "1 to 32 small letters, digits, _ and -"),
  input_tokens: wholeNumber(0, MOST_TOKENS),
  output_tokens: wholeNumber(0, MOST_TOKENS),
  /** What the provider asks for it, before it is multiplied. */
  cost_nano: text(/^(?:0|[1-9]\d{0,14})$/, NANO),
  multiplier_tier: v.picklist(TIERS, `one of ${TIERS.join(", ")}`),
  /** When it was answered: the day that reports count it on. */
  at: v.pipe(text(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,3})?Z$/, AT), v.check(isPast, AT)),
};

/** One request that was answered, and is to be billed. */
const RECORD = object(ENTRIES);
/** Body of `POST /record`. */
export const RECORD_REQUEST = object({ account_id: ACCOUNT_ID, ...ENTRIES });
const PAGE = {
  account_id: ACCOUNT_ID,
  records: v.pipe(
    v.array(RECORD, `1 to ${RECORDS_AN_IMPORT} records`),
    v.minLength(1, `1 to ${RECORDS_AN_IMPORT} records`),
    v.maxLength(RECORDS_AN_IMPORT, `1 to ${RECORDS_AN_IMPORT} records`),
  ),
};
/** Records of any time that were counted elsewhere, all of them or none. */
export const IMPORT_REQUEST = object(PAGE);
/**
 * Body of `POST /import`: records, all of them or none. Those counted *elsewhere* have ids of their own: a call that
 * has the id of one of them is billed all the same.
 */
export const RECORDS_REQUEST = object({ ...PAGE, elsewhere: v.optional(v.boolean("true or false"), false) });
/** Bytes that the body of `POST /import` may have. */
export const IMPORT_BYTES = 1_048_576;
/** Body of `POST /flush`. */
export const FLUSH_REQUEST = object({ account_id: ACCOUNT_ID });
/** What a top-up may be at most, whatever is configured: Stripe takes no more of a card. */
const MOST_CENTS = 99_999_999;
/** Body of `POST /checkout`: what an account wants to pay. */
export const CHECKOUT_REQUEST = object({
  account_id: ACCOUNT_ID,
  amount_cents: wholeNumber(1, MOST_CENTS),
  request_id: v.optional(ENTRIES.request_id),
});
/** Query of `GET /balance`. */
export const BALANCE_QUERY = parameters({ account_id: ACCOUNT_ID });
/** Query of `GET /usage`: days from *from*, up to and without *to*; a leap year at most. */
export const USAGE_QUERY = v.pipe(
  parameters({ account_id: ACCOUNT_ID, from: day(), to: day() }),
  v.check(({ from, to }) => from < to && daysBetween(from, to) <= MOST_DAYS, `a period of 1 to ${MOST_DAYS} days: \`from\`, and \`to\` after it`),
);

export type UsageRecord = v.InferOutput<typeof RECORD>;
export type CheckoutRequest = v.InferOutput<typeof CHECKOUT_REQUEST>;
export type RecordRequest = v.InferOutput<typeof RECORD_REQUEST>;

/** Answer to `POST /record`. *recorded* is `false` when the request_id was billed before; the charge is that of then. */
export interface Recorded {
  recorded: boolean;
  charged_nano: string;
  balance_nano: string;
}

/** Answer to `POST /import`. The charge is of those that are new. */
export interface Imported {
  recorded: number;
  known_before: number;
  charged_nano: string;
  balance_nano: string;
}

/** Answer to `GET /balance`: what was paid, less what was charged. Below zero, the account owes. */
export interface Balance {
  account_id: string;
  balance_nano: string;
  /** Charged, and not in D1 yet. */
  pending_nano: string;
  pending_records: number;
}

/** Sums over requests. */
export interface Sums {
  requests: number;
  input_tokens: number;
  output_tokens: number;
  cost_nano: string;
  charged_nano: string;
}

/** Answer to `GET /usage`. Days and models without any use are left out. */
export interface Usage {
  account_id: string;
  from: string;
  to: string;
  total: Sums;
  by_day: ({ day: string } & Sums)[];
  by_model: ({ provider: string; model: string; multiplier_tier: string } & Sums)[];
}

/** Answer to `POST /flush`: what went to D1 now, and what is still to go. */
export interface Flushed {
  flushed_records: number;
  pending_records: number;
  pending_nano: string;
}

/** Answer to `POST /checkout`: where the account pays. */
export interface CheckoutSession {
  /** Stripe's id of it. */
  id: string;
  url: string;
  amount_cents: number;
  /** Until when it can be paid there. */
  expires_at: string;
}

function day(): v.GenericSchema<string, string> {
  return v.pipe(text(/^\d{4}-\d{2}-\d{2}$/, DAY), v.check(isDay, DAY));
}

function isDay(written: string): boolean {
  const time = Date.parse(`${written}T00:00:00.000Z`);
  return time <= LAST_DAY && new Date(time).toISOString().startsWith(written);
}

function isPast(written: string): boolean {
  return isDay(written.slice(0, 10)) && Date.parse(written) <= Date.now() + AHEAD_MS;
}

function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS;
}
