import { variable } from "#lib/variables";
import { NO_USAGE, type Usage } from "../models/cost";
import { bytesOf, field, jsonOf, textOf, tokens, type Answer, type Meter, type Provider } from "./provider";
import type { StreamEvent } from "./sse";

/** Version of the wire format, which Anthropic dates. */
const VERSION = "2023-06-01";

/** Anthropic, by its Messages API. */
export const ANTHROPIC: Provider = {
  name: "anthropic",
  path: "/v1/messages",
  address: (env) => variable(env, "ANTHROPIC_URL"),
  headers: (env) => ({ "x-api-key": env.ANTHROPIC_API_KEY, "anthropic-version": VERSION }),
  body: ({ system, earlier, query, maxTokens }, model, stream) => ({
    model: model.id,
    max_tokens: maxTokens,
    ...(system === "" ? {} : { system }),
    messages: [...earlier, { role: "user", content: query }],
    ...(stream ? { stream } : {}),
  }),
  read,
  meter: () => new MessagesMeter(),
  said: ({ event, data }) => (event === "content_block_delta" ? textOf(field(jsonOf(data), "delta"), "text") : ""),
};

function read(body: unknown): Answer {
  const content = field(body, "content");
  if (!Array.isArray(content)) throw new Error("the answer has no content");
  const text = content.map((block) => textOf(block, "text")).join("");
  const usage = saysOutput(body) ? usageOf(field(body, "usage"), NO_USAGE) : null;
  return { text, finish: textOf(body, "stop_reason"), usage };
}

/** Counts by `message_start`, and by `message_delta`, which says the sums so far. */
class MessagesMeter implements Meter {
  isWhole = false;
  hasFailed = false;
  reported: Usage | null = null;
  isFinal = false;
  bytes = 0;

  take({ event, data }: StreamEvent): void {
    if (event === "message_stop") this.isWhole = true;
    if (event === "error") this.hasFailed = true;
    if (event === "message_start") this.reported = usageOf(field(field(jsonOf(data), "message"), "usage"), NO_USAGE);
    if (event === "message_delta") this.reported = usageOf(field(jsonOf(data), "usage"), this.reported ?? NO_USAGE);
    if (event === "message_delta") this.isFinal = saysOutput(jsonOf(data));
    if (event === "content_block_delta") this.pass(deltaBytes(field(jsonOf(data), "delta")));
  }

  /** What comes after the last word makes it none. */
  private pass(bytes: number): void {
    this.bytes += bytes;
    if (bytes > 0) this.isFinal = false;
  }
}

/** Whether *message*, or what changes one, says how many tokens it has. */
function saysOutput(message: unknown): boolean {
  return typeof field(field(message, "usage"), "output_tokens") === "number";
}

/** Bytes of a piece, whatever it is a piece of: all of them were paid for. */
function deltaBytes(delta: unknown): number {
  return bytesOf(["text", "thinking", "partial_json"].map((name) => textOf(delta, name)).join(""));
}

/** Return *said*, with what it leaves out as it was *before*. */
function usageOf(said: unknown, before: Usage): Usage {
  const has = (name: string): boolean => typeof field(said, name) === "number";
  const hour = tokens(field(said, "cache_creation"), "ephemeral_1h_input_tokens");
  const written = tokens(said, "cache_creation_input_tokens");
  return {
    input: has("input_tokens") ? tokens(said, "input_tokens") : before.input,
    output: has("output_tokens") ? tokens(said, "output_tokens") : before.output,
    cacheRead: has("cache_read_input_tokens") ? tokens(said, "cache_read_input_tokens") : before.cacheRead,
    ...writtenOf(written, hour, before),
  };
}

/** A sum of writes comes without its parts where the parts were said before. */
function writtenOf(written: number, hour: number, before: Usage): Pick<Usage, "cacheWrite" | "cacheWriteHour"> {
  const known = Math.max(hour, before.cacheWriteHour);
  return { cacheWrite: Math.max(written - known, before.cacheWrite), cacheWriteHour: known };
}
