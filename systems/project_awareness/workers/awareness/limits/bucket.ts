import type { Rate } from "../config";

/** What is left in a token bucket, and when that was counted (milliseconds since 1970). */
export interface Level {
  left: number;
  at: number;
}

/** What came of asking for one token. `wait`: seconds until there is one, 0 where it was given. */
export interface Taken {
  level: Level;
  wait: number;
}

const MINUTE_MS = 60_000;

/** Take one token of a bucket that is filled by *rate*; *level* is `undefined` for one never used, which is full. */
export function take(level: Level | undefined, { perMinute, burst }: Rate, now: number): Taken {
  const since = level === undefined ? 0 : Math.max(0, now - level.at);
  const left = Math.min(burst, (level?.left ?? burst) + (since * perMinute) / MINUTE_MS);
  if (left >= 1) return { level: { left: left - 1, at: now }, wait: 0 };
  return { level: { left, at: now }, wait: Math.ceil(((1 - left) * 60) / perMinute) };
}

/** Whether a bucket of *rate* is full again, so that nothing of it needs to be known. */
export function isFull({ left, at }: Level, { perMinute, burst }: Rate, now: number): boolean {
  return left + ((now - at) * perMinute) / MINUTE_MS >= burst;
}
