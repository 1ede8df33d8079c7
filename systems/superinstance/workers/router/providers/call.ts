import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { providerTimeoutMs } from "../config";
import type { Env } from "../env";
import { field, jsonOf, textOf, type Provider } from "./provider";

/** Why a provider has not answered. */
export class ProviderError extends Error {
  /**
   * @param kind What is to be done about it.
   * @param answer What the provider said; `null` when it said nothing.
   */
  constructor(
    readonly kind: "busy" | "failed" | "rejected" | "locked" | "late" | "unreachable",
    readonly answer: { status: number; contentType: string; body: string; retryAfter: string | null } | null = null,
  ) {
    super(`the provider is ${kind}`);
    this.name = "ProviderError";
  }

  /** Whether another model may have better luck. */
  get isWorthAnother(): boolean {
    return this.kind !== "rejected";
  }
}

/** A call that goes on: its answer, or the beginning of it. */
export interface Ongoing {
  response: Response;
  /** End the call. */
  abort: () => void;
}

const BUSY: readonly number[] = [429, 503, 529];
const LOCKED: readonly number[] = [401, 403];
const MOST_ERROR_CHARACTERS = 20_000;
const MOST_MESSAGE_CHARACTERS = 500;

/**
 * Post *body* to *provider*; return as soon as its answer begins. ProviderError when that is no success.
 *
 * It goes on whether or not the client is there: a provider wants to be paid for what it was asked.
 */
export async function call(env: Env, provider: Provider, body: string): Promise<Ongoing> {
  const controller = new AbortController();
  const abort = (): void => {
    controller.abort();
  };
  const timer = setTimeout(abort, providerTimeoutMs(env));
  try {
    const response = await fetch(provider.address(env) + provider.path, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...provider.headers(env) },
      body,
      signal: controller.signal,
      redirect: "manual",
    });
    if (response.ok) return { response, abort };
    throw await refusal(provider, response);
  } catch (error) {
    throw asProviderError(provider, error, controller.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

/** What a caller of this API is told of *error*. */
export function explained({ kind, answer }: ProviderError): ApiError {
  if (kind === "busy") return unavailable("provider_busy", "the provider takes no more requests at the moment", secondsOf(answer?.retryAfter));
  if (kind === "late") return new ApiError(504, "provider_late", "the provider has not answered in time");
  if (kind === "rejected") return new ApiError(400, "provider_rejected", `the provider refuses the request: ${messageOf(answer?.body)}`);
  return new ApiError(502, `provider_${kind}`, "the provider has not answered; it has been logged");
}

async function refusal(provider: Provider, response: Response): Promise<ProviderError> {
  const { status, headers } = response;
  const body = (await response.text()).slice(0, MOST_ERROR_CHARACTERS);
  const answer = {
    status,
    contentType: headers.get("Content-Type") ?? "text/plain",
    body,
    retryAfter: headers.get("Retry-After"),
  };
  const kind = kindOf(status);
  // Never what it said: providers repeat what they were sent.
  log(kind === "rejected" ? "warn" : "error", "provider_refused", { provider: provider.name, status });
  return new ProviderError(kind, answer);
}

function kindOf(status: number): ProviderError["kind"] {
  if (BUSY.includes(status)) return "busy";
  if (LOCKED.includes(status)) return "locked";
  return status >= 400 && status < 500 ? "rejected" : "failed";
}

function asProviderError(provider: Provider, error: unknown, isAborted: boolean): ProviderError {
  if (error instanceof ProviderError) return error;
  log("error", "provider_unreachable", { provider: provider.name, ...describeError(error) });
  return new ProviderError(isAborted ? "late" : "unreachable");
}

/** Seconds to wait as a provider says, which may be a date as well. */
function secondsOf(retryAfter: string | null | undefined): number {
  const seconds = Number(retryAfter ?? "");
  return Number.isFinite(seconds) && seconds >= 1 ? Math.min(3600, Math.ceil(seconds)) : 5;
}

function messageOf(body = ""): string {
  const said = textOf(field(jsonOf(body), "error"), "message");
  return said === "" ? "it does not say why" : said.slice(0, MOST_MESSAGE_CHARACTERS);
}
