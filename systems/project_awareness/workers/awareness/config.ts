import * as v from "valibot";

import { count, setting } from "#lib/variables";
import type { Env } from "./env";

/** A token bucket: how many requests a minute it lets through, and how many at once. */
export interface Rate {
  perMinute: number;
  burst: number;
}

/** The limits of one address, by what they are for. */
export interface Rates {
  /** Everything together. */
  all: Rate;
  /** `/api/` for callers that are no known assistant and present no valid token. */
  strangers: Rate;
  /** `/api/auth/`. */
  auth: Rate;
  suggestions: Rate;
  /** `/api/sessions/`. */
  sessions: Rate;
  /** New WebSockets. */
  sockets: Rate;
}

const RATE = v.pipe(
  v.strictTuple([v.pipe(v.number(), v.integer(), v.minValue(1)), v.pipe(v.number(), v.integer(), v.minValue(1))]),
  v.transform(([perMinute, burst]): Rate => ({ perMinute, burst })),
);
const DEFAULT_RATES = {
  all: [2000, 100],
  strangers: [100, 100],
  auth: [60, 10],
  suggestions: [300, 50],
  sessions: [500, 25],
  sockets: [25, 10],
} as const;
const EXPECTED = 'a JSON object of [requests a minute, requests at once], by "strangers", "auth", …';
const RATES = v.pipe(
  v.string(),
  v.transform((text) => text || "{}"),
  v.parseJson(undefined, EXPECTED),
  v.strictObject(
    {
      all: v.optional(RATE, [...DEFAULT_RATES.all]),
      strangers: v.optional(RATE, [...DEFAULT_RATES.strangers]),
      auth: v.optional(RATE, [...DEFAULT_RATES.auth]),
      suggestions: v.optional(RATE, [...DEFAULT_RATES.suggestions]),
      sessions: v.optional(RATE, [...DEFAULT_RATES.sessions]),
      sockets: v.optional(RATE, [...DEFAULT_RATES.sockets]),
    },
    EXPECTED,
  ),
);

const read = new WeakMap<Env, Rates>();

/** The limits of an address. `RATE_LIMIT_RPM` is the one on everything. */
export function rates(env: Env): Rates {
  const known = read.get(env);
  if (known !== undefined) return known;
  const listed = setting(env, "RATE_LIMITS", RATES);
  const all = { perMinute: setting(env, "RATE_LIMIT_RPM", count(listed.all.perMinute)), burst: listed.all.burst };
  const made = { ...listed, all };
  read.set(env, made);
  return made;
}

/** Seconds that a session lives after it was last heard of. Default: an hour. */
export function sessionSeconds(env: Env): number {
  return setting(env, "SESSION_TIMEOUT", count(3600));
}

/** Sessions that one address may have at a time. Default: 25. */
export function sessionsPerAddress(env: Env): number {
  return setting(env, "MAX_SESSIONS_PER_IP", count(25));
}

/** WebSockets that one address may have open. Default: 10. */
export function socketsPerAddress(env: Env): number {
  return setting(env, "MAX_SOCKETS_PER_IP", count(10));
}

/** Seconds that answers stay in the cache of a data centre: `most` is for all, `sessions` for those about sessions. */
export function cacheSeconds(env: Env): { most: number; sessions: number } {
  return {
    most: setting(env, "CACHE_TTL", count(1800)),
    sessions: setting(env, "EDGE_CACHE_TTL", count(300)),
  };
}
