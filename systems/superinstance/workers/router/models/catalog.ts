import * as v from "valibot";

import { invalid } from "#lib/errors";
import { setting } from "#lib/variables";
import type { Env } from "../env";
import type { Rates } from "./cost";

const PROVIDERS = ["anthropic", "openai"] as const;
export type ProviderName = (typeof PROVIDERS)[number];

const EXPECTED = "a JSON list of models with their dated prices";
const RATE = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000_000));

const PRICE = v.object({
  since: v.pipe(v.string(), v.isoDate(), v.transform((day) => Date.parse(`${day}T00:00:00Z`))),
  input: RATE,
  output: RATE,
  cache_read: v.nullish(RATE),
  cache_write: v.nullish(RATE),
  cache_write_hour: v.nullish(RATE),
});

const MODEL = v.object({
  name: v.pipe(v.string(), v.nonEmpty()),
  provider: v.picklist(PROVIDERS),
  id: v.pipe(v.string(), v.nonEmpty()),
  max_output: v.pipe(v.number(), v.integer(), v.minValue(1)),
  prices: v.pipe(v.array(PRICE), v.minLength(1)),
});
const MODELS = v.pipe(v.string(), v.parseJson(), v.pipe(v.array(MODEL), v.minLength(1)));

type Price = v.InferOutput<typeof PRICE>;

/** A model that can be asked, at what it costs now. */
export interface Model {
  /** What callers call it: the same when its id changes. */
  name: string;
  provider: ProviderName;
  /** What its provider calls it. */
  id: string;
  maxOutput: number;
  rates: Rates;
  /** Since when it costs that, in milliseconds since 1970. */
  since: number;
}

const LIST = v.pipe(v.string(), v.rawTransform(({ dataset, addIssue, NEVER }) => {
  const read = v.safeParse(MODELS, dataset.value);
  if (read.success) return read.output;
  addIssue({ message: EXPECTED });
  return NEVER;
}));

let known: { text: string; models: v.InferOutput<typeof MODELS> } | undefined;

/** Return the models of the configuration that have a price at *now*, the preferred one first. */
export function catalog(env: Env, now: number): Model[] {
  // Read once for an isolate, as long as the configuration is the same.
  if (known?.text !== env.MODELS) known = { text: env.MODELS, models: setting(env, "MODELS", LIST) };
  return known.models.flatMap(({ name, provider, id, max_output, prices }) => {
    const price = priceAt(prices, now);
    if (price === undefined) return [];
    return [{ name, provider, id, maxOutput: max_output, rates: ratesOf(price), since: price.since }];
  });
}

/** Return the models to ask, one after the other: whichever has room for *tokens*, or the one that is wanted. */
export function choose(models: readonly Model[], wanted: string | undefined, tokens: number): Model[] {
  if (wanted === undefined || wanted === "auto") {
    const able = models.filter(({ maxOutput }) => tokens <= maxOutput);
    if (able.length === 0) throw invalid("max_tokens", `at most ${Math.max(0, ...models.map(({ maxOutput }) => maxOutput))}`);
    return able;
  }
  const found = named(models, wanted, "model_preference");
  if (tokens > found.maxOutput) throw invalid("max_tokens", `at most ${found.maxOutput} for ${found.name}`);
  return [found];
}

/** Return the model called *wanted*, by either of its names. ApiError 400 when there is none. */
export function named(models: readonly Model[], wanted: string, field: string): Model {
  const found = models.find(({ name, id }) => name === wanted || id === wanted);
  if (found !== undefined) return found;
  throw invalid(field, `one of ${models.map(({ name, id }) => `${name} (${id})`).join(", ")}`);
}

function priceAt(prices: readonly Price[], now: number): Price | undefined {
  const begun = prices.filter(({ since }) => since <= now);
  return begun.reduce<Price | undefined>((last, each) => (last === undefined || each.since > last.since ? each : last), undefined);
}

/** What a price does not say is never below cost: reading a cache as input, writing one as Anthropic has it (1.25 and 2 times). */
function ratesOf({ input, output, cache_read, cache_write, cache_write_hour }: Price): Rates {
  return {
    input,
    output,
    cacheRead: cache_read ?? input,
    cacheWrite: cache_write ?? Math.ceil(input * 1.25),
    cacheWriteHour: cache_write_hour ?? input * 2,
  };
}
