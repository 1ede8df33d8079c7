import { variable } from "#lib/variables";
import { NO_USAGE, type Usage } from "../models/cost";
import { bytesOf, field, jsonOf, textOf, tokens, type Answer, type Meter, type Provider } from "./provider";
import type { StreamEvent } from "./sse";

const LAST = "[DONE]";

/** OpenAI, by its chat completions. */
export const OPENAI: Provider = {
  name: "openai",
  path: "/v1/chat/completions",
  address: (env) => variable(env, "OPENAI_URL"),
  headers: (env) => ({ Authorization: `Bearer ${env.OPENAI_API_KEY}` }),
  body: ({ system, earlier, query, maxTokens }, model, stream) => ({
    model: model.id,
    max_completion_tokens: maxTokens,
    messages: [...(system === "" ? [] : [{ role: "system", content: system }]), ...earlier, { role: "user", content: query }],
    ...(stream ? { stream, stream_options: { include_usage: true } } : {}),
  }),
  read,
  meter: () => new CompletionsMeter(),
  said: ({ data }) => textOf(field(first(field(jsonOf(data), "choices")), "delta"), "content"),
};

function read(body: unknown): Answer {
  const choice = first(field(body, "choices"));
  if (choice === undefined) throw new Error("the answer has no choices");
  const text = textOf(field(choice, "message"), "content");
  return { text, finish: textOf(choice, "finish_reason"), usage: saysOutput(body) ? usageOf(field(body, "usage")) : null };
}

/** Counts by the last chunk, the only one that says what was used. */
class CompletionsMeter implements Meter {
  isWhole = false;
  hasFailed = false;
  reported: Usage | null = null;
  isFinal = false;
  bytes = 0;

  take({ data }: StreamEvent): void {
    if (data === LAST) {
      this.isWhole = true;
      return;
    }
    const chunk = jsonOf(data);
    if (field(chunk, "error") !== undefined) this.hasFailed = true;
    const passed = listOf(field(chunk, "choices")).reduce((sum: number, choice) => sum + deltaBytes(field(choice, "delta")), 0);
    this.bytes += passed;
    // What comes after the last word makes it none.
    this.isFinal = saysOutput(chunk) || (this.isFinal && passed === 0);
    if (saysOutput(chunk)) this.reported = usageOf(field(chunk, "usage"));
  }
}

/** Whether *event* says what was used and nothing else. */
export function isUsageAlone({ data }: StreamEvent): boolean {
  if (!data.includes('"usage"')) return false;
  const chunk = jsonOf(data);
  const choices = field(chunk, "choices");
  return Array.isArray(choices) && choices.length === 0 && saysOutput(chunk);
}

/** Whether an answer, or a piece of one, says how many tokens it has. */
function saysOutput(body: unknown): boolean {
  return typeof field(field(body, "usage"), "completion_tokens") === "number";
}

/** Bytes of a piece, whatever it is a piece of: what a tool is called with is written by the model as well. */
function deltaBytes(delta: unknown): number {
  const calls = listOf(field(delta, "tool_calls"));
  const called = [field(delta, "function_call"), ...calls.map((call) => field(call, "function"))];
  const texts = [
    ...["content", "refusal"].map((name) => textOf(delta, name)),
    ...called.map((each) => textOf(each, "arguments")),
    ...calls.map((call) => textOf(field(call, "custom"), "input")),
  ];
  return bytesOf(texts.join(""));
}

/** What was read from a cache is part of `prompt_tokens`. */
function usageOf(said: unknown): Usage {
  const cacheRead = tokens(field(said, "prompt_tokens_details"), "cached_tokens");
  const input = Math.max(0, tokens(said, "prompt_tokens") - cacheRead);
  return { ...NO_USAGE, input, output: tokens(said, "completion_tokens"), cacheRead };
}

function first(list: unknown): unknown {
  return listOf(list)[0];
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
