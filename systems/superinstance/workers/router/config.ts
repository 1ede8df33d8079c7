import * as v from "valibot";

import { count, setting, variable } from "#lib/variables";
import type { Env } from "./env";

const SECOND_MS = 1_000;
const REQUESTS_PER_MINUTE = count(100);
const PROVIDER_TIMEOUT_SECONDS = count(120);

const SECONDS = v.pipe(
  v.string(),
  v.regex(/^\d{0,9}$/, "a whole number of seconds"),
  v.transform((text) => (text === "" ? 86_400 : Number(text))),
);

/** Requests that a key may make in any 60 seconds, unless it has a limit of its own. */
export function requestsPerMinute(env: Env): number {
  return setting(env, "REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE);
}

/** How long a provider may be silent: before its first byte, and between two. */
export function providerTimeoutMs(env: Env): number {
  return setting(env, "PROVIDER_TIMEOUT_SECONDS", PROVIDER_TIMEOUT_SECONDS) * SECOND_MS;
}

/** How long an answer is kept for whoever asks again. 0: none is. */
export function answerMs(env: Env): number {
  return setting(env, "ANSWER_SECONDS", SECONDS) * SECOND_MS;
}

/** Whether an account has to have something left to ask. */
export function requiresBalance(env: Env): boolean {
  return variable(env, "REQUIRE_BALANCE") === "true";
}
