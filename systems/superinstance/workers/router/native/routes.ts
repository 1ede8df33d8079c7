import { CLOCK } from "#lib/clock";
import { check, type Schema } from "#lib/schema";
import type { ApiContext, Call, Route } from "#lib/route";
import { boundsOf } from "../calls/bounds";
import { open, type OpenCall } from "../calls/call";
import { again, orderOf } from "../calls/order";
import { providerTimeoutMs } from "../config";
import type { Env } from "../env";
import { BODY_BYTES, REQUEST_ID } from "../escalate/model";
import { catalog, named, type Model, type ProviderName } from "../models/catalog";
import { PROVIDER } from "../providers";
import { call as callProvider, explained, ProviderError } from "../providers/call";
import { wholeOf, type Answering } from "../providers/first";
import { isUsageAlone } from "../providers/openai";
import { bytesOf } from "../providers/provider";
import { route } from "../route";
import { STREAM_LEASE_MS, streamed } from "../streams/answer";
import { forwarded, mostTokens, NATIVE, refuseUnpriced, wantsUsage, type Native } from "./model";

const BODY = { schema: () => NATIVE, limit: () => BODY_BYTES };
const MARGIN_MS = 10_000;

/** The providers' own addresses: their SDKs work with this one as base URL. */
export const NATIVE_ROUTES: readonly Route<Env>[] = [
  route({ method: "POST", path: "/v1/messages", scope: "ask", body: BODY, handle: (asked) => answer(asked, "anthropic") }),
  route({ method: "POST", path: "/v1/chat/completions", scope: "ask", body: BODY, handle: (asked) => answer(asked, "openai") }),
];

async function answer({ c, env, principal, body }: Call<Env, Schema, Schema, typeof NATIVE>, provider: ProviderName): Promise<Response> {
  const asked = await body();
  refuseUnpriced(asked, provider);
  const models = catalog(env, CLOCK.now()).filter((each) => each.provider === provider);
  const model = named(models, asked.model, "model");
  const leaseMs = asked.stream === true ? STREAM_LEASE_MS : 2 * providerTimeoutMs(env) + MARGIN_MS;
  const bounds = boundsOf(env, [model], asked, mostTokens(asked, model.maxOutput), leaseMs);
  const call = await open(env, await orderOf(principal, c.req.path, asked, chosenId(c)), bounds);
  if (!("settle" in call)) return again(call);
  return call.toItsEnd(c, async () => {
    try {
      return await passedOn(c, call, asked, model);
    } catch (error) {
      if (error instanceof ProviderError) return refused(call, error);
      throw error;
    }
  });
}

/** The id of the request, where its caller has chosen one. */
function chosenId(c: ApiContext<Env>): string | undefined {
  const chosen = c.req.header("Idempotency-Key");
  return chosen === undefined ? undefined : check(REQUEST_ID, chosen, "Idempotency-Key");
}

async function passedOn(c: ApiContext<Env>, call: OpenCall, asked: Native, model: Model): Promise<Response> {
  const provider = PROVIDER[model.provider];
  const body = JSON.stringify(forwarded(asked, model.provider, model.id));
  const ongoing = await callProvider(c.env, provider, body);
  const answering = { model, provider, ongoing, asked: bytesOf(body) };
  if (asked.stream !== true) return whole(c.env, call, answering);
  const hides = model.provider === "openai" && !wantsUsage(asked);
  return streamed(c, { call, ...answering, ...(hides ? { isHidden: isUsageAlone } : {}) }, {});
}

async function whole(env: Env, call: OpenCall, answering: Answering): Promise<Response> {
  const { text, answer } = await wholeOf(env, answering);
  const contentType = "application/json";
  await call.settle(answering.model, answer.usage, { contentType, body: text });
  return new Response(text, { headers: { "Content-Type": contentType } });
}

const TOO_MANY = 429;
/** In the form of both providers. */
const BUSY = JSON.stringify({ type: "error", error: { type: "rate_limit_error", message: "the provider takes no more requests at the moment" } });

/**
 * What a provider refuses is told as it says it, in its own format; what is between it and the platform is not: of a
 * limit that is the organisation's it names organisation, plan and quota.
 */
async function refused(call: OpenCall, error: ProviderError): Promise<Response> {
  const { kind, answer } = error;
  if (answer === null || kind === "locked") throw explained(error);
  await call.release();
  const wait: Record<string, string> = answer.retryAfter === null ? {} : { "Retry-After": answer.retryAfter };
  if (answer.status === TOO_MANY) return new Response(BUSY, { status: TOO_MANY, headers: { "Content-Type": "application/json", ...wait } });
  return new Response(answer.body, { status: answer.status, headers: { "Content-Type": answer.contentType, ...wait } });
}
