import type { Sums, Usage } from "../api";

const BY_DAY = `
  SELECT day, SUM(requests) AS requests, SUM(input_tokens) AS input_tokens, SUM(output_tokens) AS output_tokens,
    CAST(SUM(cost_nano) AS TEXT) AS cost_nano, CAST(SUM(charged_nano) AS TEXT) AS charged_nano
  FROM usage_days WHERE day >= ?1 AND day < ?2 GROUP BY day ORDER BY day`;
const BY_MODEL = `
  SELECT provider, model, multiplier_tier, SUM(requests) AS requests, SUM(input_tokens) AS input_tokens,
    SUM(output_tokens) AS output_tokens, CAST(SUM(cost_nano) AS TEXT) AS cost_nano,
    CAST(SUM(charged_nano) AS TEXT) AS charged_nano
  FROM usage_days WHERE day >= ?1 AND day < ?2
  GROUP BY provider, model, multiplier_tier ORDER BY provider, model, multiplier_tier`;

/** Return the usage from the day *from*, up to and without the day *to*: from sums of days, however many requests there were. */
export function usageOf(sql: SqlStorage, accountId: string, from: string, to: string): Usage {
  const byDay = sql.exec(BY_DAY, from, to).toArray() as unknown as Usage["by_day"];
  const byModel = sql.exec(BY_MODEL, from, to).toArray() as unknown as Usage["by_model"];
  return { account_id: accountId, from, to, total: totalOf(byModel), by_day: byDay, by_model: byModel };
}

/** Return the usage of an account that nothing was entered for. */
export function noUsage(accountId: string, from: string, to: string): Usage {
  return { account_id: accountId, from, to, total: totalOf([]), by_day: [], by_model: [] };
}

function totalOf(parts: readonly Sums[]): Sums {
  return {
    requests: sum(parts.map((part) => part.requests)),
    input_tokens: sum(parts.map((part) => part.input_tokens)),
    output_tokens: sum(parts.map((part) => part.output_tokens)),
    cost_nano: String(sumExactly(parts.map((part) => part.cost_nano))),
    charged_nano: String(sumExactly(parts.map((part) => part.charged_nano))),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function sumExactly(amounts: readonly string[]): bigint {
  return amounts.reduce((total, amount) => total + BigInt(amount), 0n);
}
