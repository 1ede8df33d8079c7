import { ApiError } from "#lib/errors";
import type { Rates } from "../config";

/** 429 of a token bucket: which one it was, and how many seconds until it has a token again. */
export class LimitedError extends ApiError {
  constructor(
    readonly limit: keyof Rates,
    message: string,
    wait: number,
  ) {
    super(429, "rate_limited", message, { "Retry-After": String(wait) });
  }
}
