/** Tokens of one call, each counted once: `input` has none that a cache was read for or written with. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  /** Written to the cache that keeps for an hour. */
  cacheWriteHour: number;
}

export const NO_USAGE: Usage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, cacheWriteHour: 0 };

/** 10⁻⁹ dollars for a token. */
export type Rates = Readonly<Record<keyof Usage, number>>;

/** Return what *usage* costs in 10⁻⁹ dollars, exactly. */
export function costNano(usage: Usage, rates: Rates): bigint {
  const kinds = Object.keys(NO_USAGE) as (keyof Usage)[];
  return kinds.reduce((sum, kind) => sum + BigInt(usage[kind]) * BigInt(rates[kind]), 0n);
}

/**
 * Return what a call costs at most, in 10⁻⁹ dollars, that sends *bytes* and gets *outputTokens*: no token of text has
 * less than a byte. What a request only names by its address (a picture, a file) is not in it.
 */
export function mostNano(rates: Rates, bytes: number, outputTokens: number): bigint {
  const dearest = Math.max(rates.input, rates.cacheRead, rates.cacheWrite, rates.cacheWriteHour);
  return BigInt(bytes) * BigInt(dearest) + BigInt(outputTokens) * BigInt(rates.output);
}

/** All tokens that were sent, cached or not. */
export function inputTokens({ input, cacheRead, cacheWrite, cacheWriteHour }: Usage): number {
  return input + cacheRead + cacheWrite + cacheWriteHour;
}
