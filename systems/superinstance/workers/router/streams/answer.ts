import { ApiError } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { ApiContext } from "#lib/route";
import type { OpenCall } from "../calls/call";
import { providerTimeoutMs } from "../config";
import type { Env } from "../env";
import type { Model } from "../models/catalog";
import type { Ongoing } from "../providers/call";
import type { Provider } from "../providers/provider";
import type { StreamEvent } from "../providers/sse";
import { usedInAll, usedSoFar } from "./estimate";
import { relay, type Relayed } from "./relay";
import { Transcript } from "./transcript";

export const EVENT_STREAM = "text/event-stream";
/** How long a stream may go on. */
const LONGEST_MS = 890_000;
/** How long its id is taken meanwhile: longer, so that it is settled before anybody else may have the id. */
export const STREAM_LEASE_MS = LONGEST_MS + 10_000;
/** What SQLite of an object takes in a row, as characters of three bytes. */
const KEPT_CHARACTERS = 600_000;

/** A stream that has begun. */
export interface Begun {
  call: OpenCall;
  model: Model;
  provider: Provider;
  ongoing: Ongoing;
  /** Bytes that were sent. */
  asked: number;
  isHidden?: (event: StreamEvent) => boolean;
  /** Told the text of the whole answer, before its last event goes out. Default: nobody is. */
  told?: (text: string) => Promise<void>;
}

/** Answer with the stream that has begun, as its provider sends it; it is settled when its last event comes. */
export function streamed(c: ApiContext<Env>, begun: Begun, headers: Record<string, string>): Response {
  const { body, over } = passOn(c.env, begun);
  c.executionCtx.waitUntil(over);
  return new Response(body, { headers: { "Content-Type": EVENT_STREAM, "Cache-Control": "no-store", ...headers } });
}

function passOn(env: Env, begun: Begun): Relayed {
  const { call, model, provider, ongoing, asked, isHidden, told } = begun;
  const upstream = ongoing.response.body as ReadableStream<Uint8Array> | null;
  if (upstream === null) throw new ApiError(502, "provider_failed", "the provider has answered with nothing");
  const transcript = told === undefined ? undefined : new Transcript(provider);
  const meter = transcript ?? provider.meter();
  return relay({
    upstream,
    meter,
    silenceMs: providerTimeoutMs(env),
    longestMs: LONGEST_MS,
    ...(isHidden === undefined ? {} : { isHidden }),
    keep: KEPT_CHARACTERS,
    whole: async (text) => {
      const kept = text === null ? null : { contentType: EVENT_STREAM, body: text };
      await told?.(transcript?.text ?? "");
      return call.during(() => call.settle(model, usedInAll(meter, asked), kept));
    },
    left: () => {
      ongoing.abort();
      return settleLeft(call, model, usedSoFar(meter, asked));
    },
    // Nobody pays for an answer that its provider has not finished.
    broken: () => call.release(),
  });
}

/** Nobody is there to be told where that fails. */
async function settleLeft(call: OpenCall, model: Model, usage: ReturnType<typeof usedSoFar>): Promise<void> {
  log("info", "client_left", { model: model.id, input_tokens: usage.input, output_tokens: usage.output });
  try {
    await call.settle(model, usage, null);
  } catch (error) {
    log("error", "usage_lost", { model: model.id, ...describeError(error) });
  }
}
