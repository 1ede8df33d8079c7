import { unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { Env } from "../env";

/** Code and message of the 503 where billing does not answer. */
export type Unavailable = [code: string, message: string];

/** Ask billing at *path*. ApiError 503 with what *otherwise* says when it does not answer. */
export async function askBilling(env: Env, path: string, init: RequestInit, otherwise: Unavailable): Promise<Response> {
  try {
    return await env.BILLING.fetch(`https://billing${path}`, init);
  } catch (error) {
    log("error", "billing_failed", describeError(error));
    throw unavailable(...otherwise);
  }
}

/** Return what billing has answered, for whoever asked. */
export function passedOn({ status, body, headers }: Response): Response {
  const retryAfter = headers.get("Retry-After");
  const wait = retryAfter === null ? {} : { "Retry-After": retryAfter };
  return new Response(body, { status, headers: { "Content-Type": "application/json", ...wait } });
}
