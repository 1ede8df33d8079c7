import * as v from "valibot";

import { ApiError } from "#lib/errors";
import { isObject, type Json, type JsonObject } from "#lib/json";
import { described } from "#lib/schema";
import type { ProviderName } from "../models/catalog";
import { tokens } from "../providers/provider";

const MODEL = "the name of a model";
const STREAM = "true or false";

/** A body in the wire format of a provider, of which little is looked at. */
export const NATIVE = described(
  v.looseObject(
    { model: v.pipe(v.string(MODEL), v.nonEmpty(MODEL)), stream: v.optional(v.nullable(v.boolean(STREAM))) },
    "a JSON object",
  ),
  {
    type: "object",
    properties: { model: { type: "string" }, stream: { type: "boolean" } },
    required: ["model"],
    additionalProperties: true,
  },
);

export type Native = v.InferOutput<typeof NATIVE>;

/** What costs something beside tokens, or changes what a token costs: there is no price of it. */
const UNPRICED: Readonly<Record<ProviderName, readonly string[]>> = {
  anthropic: ["inference_geo", "speed", "container", "mcp_servers"],
  openai: ["web_search_options", "audio", "prediction"],
};
const PRICED_TIERS: readonly unknown[] = [undefined, null, "auto", "default", "standard_only"];
const OWN_TOOLS: readonly unknown[] = [undefined, null, "custom", "function"];

/** ApiError 400 where *body* asks for something that is not paid by tokens alone. */
export function refuseUnpriced(body: Native, provider: ProviderName): void {
  const asked = UNPRICED[provider].find((name) => body[name] !== undefined && body[name] !== null);
  if (asked !== undefined) throw unpriced(asked);
  if (!PRICED_TIERS.includes(body["service_tier"])) throw unpriced("another service_tier than the standard one");
  const tools = Array.isArray(body["tools"]) ? (body["tools"] as unknown[]) : [];
  if (tools.some((tool) => isObject(tool) && !OWN_TOOLS.includes(tool["type"]))) throw unpriced("a tool that the provider runs itself");
}

/** Return *body* for the model called *id*; of a stream of OpenAI, with what says its usage. */
export function forwarded(body: Native, provider: ProviderName, id: string): JsonObject {
  const whole = { ...body, model: id } as JsonObject;
  if (provider !== "openai" || body.stream !== true) return whole;
  const options = isObject(whole["stream_options"]) ? (whole["stream_options"]) : {};
  return { ...whole, stream_options: { ...options, include_usage: true } };
}

/** Whether *body* asks a stream of OpenAI to say its usage. */
export function wantsUsage(body: Native): boolean {
  const options = body["stream_options"] as Json | undefined;
  return isObject(options) && options["include_usage"] === true;
}

/** Return how many tokens *body* may be answered with: *most*, or what it says itself, for each of its choices. */
export function mostTokens(body: Native, most: number): number {
  const limits = ["max_tokens", "max_completion_tokens"].map((name) => tokens(body, name)).filter((limit) => limit > 0);
  return Math.min(most, ...limits) * Math.max(1, tokens(body, "n"));
}

function unpriced(what: string): ApiError {
  return new ApiError(400, "not_priced", `there is no price of ${what}; ask without it`);
}
