import { CLOCK } from "#lib/clock";
import type { ApiContext } from "#lib/route";
import type { Env } from "../env";
import { isGranted } from "./signed";

/** What a load test presents to be let through every limit: see `signed.ts`. */
const LOAD_TEST_HEADER = "X-Load-Test";
const PURPOSE = "load-test";
const LONGEST_SECONDS = 3600;

const lifted = new WeakMap<Request, Promise<boolean>>();

/**
 * Whether limits do not hold for a request: it presents a credential that `LOAD_TEST_KEY` has signed for an hour at
 * most. Never in production, whatever key it has.
 */
export function isLifted(c: ApiContext<Env>): Promise<boolean> {
  const known = lifted.get(c.req.raw) ?? look(c);
  lifted.set(c.req.raw, known);
  return known;
}

/** Whether the request presents a credential, good or not. */
export function presentsCredential(c: ApiContext<Env>): boolean {
  return c.req.header(LOAD_TEST_HEADER) !== undefined;
}

async function look(c: ApiContext<Env>): Promise<boolean> {
  const presented = c.req.header(LOAD_TEST_HEADER);
  const { ENVIRONMENT, LOAD_TEST_KEY } = c.env;
  if (presented === undefined || LOAD_TEST_KEY === undefined || ENVIRONMENT === "production") return false;
  return isGranted(presented, PURPOSE, LOAD_TEST_KEY, { now: CLOCK.now(), longest: LONGEST_SECONDS });
}
