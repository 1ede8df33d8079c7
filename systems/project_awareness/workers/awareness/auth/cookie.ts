import { CLOCK } from "#lib/clock";
import type { ApiContext } from "#lib/route";
import type { Env } from "../env";
import { grant, isGranted } from "../limits/signed";

const NAME = "verified_session";
const PURPOSE = "verified-session";

/** Seconds that the cookie is good for. */
const VERIFIED_SECONDS = 900;

/** Return the cookie of somebody who has just shown a good token: its sender is not counted as trying to log in. */
export async function verifiedCookie({ SIGNING_KEY }: Env): Promise<string> {
  const value = await grant(PURPOSE, SIGNING_KEY, CLOCK.now() / 1000 + VERIFIED_SECONDS);
  return `${NAME}=${value}; Max-Age=${VERIFIED_SECONDS}; ${ATTRIBUTES}`;
}

/** Return the cookie that takes that one away. */
export function noCookie(): string {
  return `${NAME}=; Max-Age=0; ${ATTRIBUTES}`;
}

/** Whether a request has that cookie, and its signature is the worker's own. */
export async function hasVerifiedCookie(c: ApiContext<Env>): Promise<boolean> {
  const value = cookieOf(c, NAME);
  if (value === undefined) return false;
  return isGranted(value, PURPOSE, c.env.SIGNING_KEY, { now: CLOCK.now(), longest: VERIFIED_SECONDS });
}

/** The value of the cookie *name*, `undefined` where there is none. */
export function cookieOf(c: ApiContext<Env>, name: string): string | undefined {
  const pairs = (c.req.header("Cookie") ?? "").split(";").map((each) => each.trim());
  return pairs.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

const ATTRIBUTES = "Path=/api/auth; Secure; HttpOnly; SameSite=Strict";
