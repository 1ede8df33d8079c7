import * as v from "valibot";

const count = v.pipe(v.number(), v.integer());
const nano = v.pipe(v.string(), v.regex(/^\d+$/));
const sums = { requests: count, input_tokens: count, output_tokens: count, cost_nano: nano, charged_nano: nano };

/** An answer to a question that was escalated. */
export const ESCALATED = v.strictObject({
  request_id: v.string(),
  session_id: v.nullable(v.string()),
  response: v.string(),
  finish_reason: v.string(),
  model: v.string(),
  model_id: v.string(),
  provider: v.string(),
  usage: v.strictObject({ input_tokens: count, output_tokens: count }),
  cost_nano: nano,
});

export const STATUS = v.strictObject({
  account_id: v.string(),
  key: v.string(),
  requests_per_minute: count,
  requests_remaining: count,
  other_requests_remaining: count,
  unbilled_requests: count,
  refused_records: count,
  models: v.array(
    v.strictObject({
      name: v.string(),
      provider: v.string(),
      id: v.string(),
      max_output_tokens: count,
      input_nano: count,
      output_nano: count,
      priced_since: v.string(),
    }),
  ),
});

export const USAGE = v.strictObject({
  account_id: v.string(),
  from: v.string(),
  to: v.string(),
  total: v.strictObject(sums),
  by_day: v.array(v.strictObject({ day: v.string(), ...sums })),
  by_model: v.array(v.strictObject({ provider: v.string(), model: v.string(), multiplier_tier: v.string(), ...sums })),
});

/** A page at which an account pays. */
export const TOPUP = v.strictObject({
  id: v.string(),
  url: v.string(),
  amount_cents: count,
  expires_at: v.string(),
});

/** What became of records that were brought in. */
export const IMPORTED = v.strictObject({
  recorded: count,
  known_before: count,
  charged_nano: nano,
  balance_nano: v.pipe(v.string(), v.regex(/^-?\d+$/)),
});
