import { CLOCK } from "#lib/clock";
import { ApiError } from "#lib/errors";
import type { ApiContext } from "#lib/route";
import { rates, type Rate, type Rates } from "../config";
import type { Env } from "../env";
import { objectNear } from "../hints";
import { hasVerifiedCookie } from "../auth/cookie";
import { identify, presents } from "../principal";
import { addressKey } from "./address";
import { Buckets } from "./buckets";
import type { AddressGuard } from "./guard_object";
import { LimitedError } from "./limited";
import { isLifted } from "./load_test";

/** Assistants, and what they fetch with at their user's word, as they call themselves. */
const ASSISTANT = /claude|chatgpt|openai/i;

/** Return where a request came from, as limits count it. */
export function addressOf(c: ApiContext<Env>): string {
  return addressKey(c.req.header("CF-Connecting-IP") ?? "unknown");
}

/** The object that counts what must be exact of *address*. */
export function guardOf(env: Env, address: string, request: Request): AddressGuard {
  return objectNear(env.ADDRESS_GUARD_DO, address, request) as AddressGuard;
}

/**
 * Return what runs ahead of every request and lets through what the limits of its address allow (PA-9). ApiError 429
 * says when to come again.
 *
 * What is counted in memory is counted in each isolate by itself; tries to log in and WebSockets are counted exactly.
 */
export function limiter(): (c: ApiContext<Env>, next: () => Promise<void>) => Promise<void> {
  const buckets = new Buckets(CLOCK.now);
  return async (c, next) => {
    if (!(await isLifted(c))) await hold(c, buckets);
    await next();
  };
}

async function hold(c: ApiContext<Env>, buckets: Buckets): Promise<void> {
  const address = addressOf(c);
  const limits = rates(c.env);
  const inMemory = (name: keyof Rates): void => {
    refuse(name, buckets.take(`${name} ${address}`, limits[name]));
  };
  inMemory("all");
  const { path } = c.req;
  if (path === "/api/projects/suggestions") inMemory("suggestions");
  if (path.startsWith("/api/sessions/")) inMemory("sessions");
  if (path.startsWith("/api/auth/") && !(await hasVerifiedCookie(c))) await exactly(c, "auth", limits.auth);
  if (path.startsWith("/api/") && (await isStranger(c))) inMemory("strangers");
}

/** Whether nothing is known of who asks: no assistant by its own word, and no token that is good. */
async function isStranger(c: ApiContext<Env>): Promise<boolean> {
  if (ASSISTANT.test(c.req.header("User-Agent") ?? "")) return false;
  if (!presents(c)) return true;
  return identify(c).then(
    () => false,
    () => true,
  );
}

async function exactly(c: ApiContext<Env>, name: keyof Rates, rate: Rate): Promise<void> {
  refuse(name, await guardOf(c.env, addressOf(c), c.req.raw).take(name, rate));
}

function refuse(limit: keyof Rates, wait: number): void {
  if (wait > 0) throw tooMany(limit, wait);
}

/** 429: come again in *wait* seconds. */
export function tooMany(limit: keyof Rates, wait: number): ApiError {
  const message = `too many requests of this address (${limit}); wait ${wait} s`;
  return new LimitedError(limit, message, wait);
}
