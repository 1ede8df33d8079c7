import * as v from "valibot";

import { object, parameters, text } from "#lib/schema";
import { SCOPES } from "../route";

const HOUR_MS = 3_600_000;
const HOURS: Readonly<Record<string, number>> = { h: 1, d: 24 };
const LONGEST_DAYS = 365;

/** Begins every token, so that a search for leaked secrets can know one. */
const PREFIX = "chitty_";
const VALUE_BYTES = 32;
const VALUE = /^chitty_[\w-]{43}$/;

const DURATION = `hours or days as 24h or 365d, ${LONGEST_DAYS} days at most`;

/** A time span in milliseconds, written as `24h` or `365d`. */
const duration = v.pipe(
  text(/^[1-9]\d{0,3}[hd]$/, DURATION),
  v.check((written) => millisecondsOf(written) <= LONGEST_DAYS * 24 * HOUR_MS, DURATION),
);

const scopes = v.pipe(
  v.array(v.picklist(SCOPES, `one of ${SCOPES.join(", ")}`), `a list of ${SCOPES.join(", ")}`),
  v.minLength(1, `a list of at least one of ${SCOPES.join(", ")}`),
);

/** What is asked for when a token is generated. */
export const NEW_TOKEN = object({
  description: text(/^\P{C}{1,200}$/u, "1 to 200 printable characters"),
  scopes,
  expires_in: duration,
});

/** What is asked for when a token is rotated. */
export const ROTATION = object({
  expires_in: duration,
  overlap: v.optional(duration, "24h"),
});

export const ONE_TOKEN = parameters({
  tokenId: text(/^tok_[0-9a-f]{16}$/, "the token_id of a token, as tok_0123456789abcdef"),
});

/** A token as it is listed: who got it and what for, never its value or its hash. */
export interface TokenEntry {
  token_id: string;
  description: string;
  scopes: string[];
  issued_at: string;
  issued_by: string;
  expires_at: string;
  revoked_at: string | null;
  /** The token that it came after. */
  replaces: string | null;
}

/** Milliseconds of a time span that fits the schema. */
export function millisecondsOf(written: string): number {
  return Number(written.slice(0, -1)) * (HOURS[written.slice(-1)] ?? 0) * HOUR_MS;
}

/** Return the value of a new token, to be shown once. */
export function newValue(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(VALUE_BYTES));
  return PREFIX + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Whether *value* looks like a token that was issued: nothing else is worth a look into the table. */
export function isIssuedValue(value: string): boolean {
  return VALUE.test(value);
}
