import { beforeEach, describe, expect, it, vi } from "vitest";

import { ANTHROPIC } from "../providers/anthropic";
import { isUsageAlone, OPENAI } from "../providers/openai";
import { EventReader } from "../providers/sse";
import { usedInAll, usedSoFar } from "./estimate";
import { relay, type RelayParts } from "./relay";

const CLAUDE = [
  'event: message_start\ndata: {"message":{"usage":{"input_tokens":9,"cache_read_input_tokens":4,"output_tokens":1}}}\n\n',
  'event: content_block_delta\ndata: {"delta":{"type":"text_delta","text":"twelve chars"}}\n\n',
  'event: message_delta\ndata: {"usage":{"output_tokens":7}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];
const GPT = [
  'data: {"choices":[{"delta":{"content":"twelve chars"}}],"usage":null}\n\n',
  'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":7,"prompt_tokens_details":{"cached_tokens":4}}}\n\n',
  "data: [DONE]\n\n",
];
const USED = { input: 9, output: 7, cacheRead: 4, cacheWrite: 0, cacheWriteHour: 0 };

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

/** A stream that gives *chunks*, then ends as *ending* has it. */
function upstream(chunks: readonly (string | Uint8Array)[], ending: "close" | "error" | "silence" = "close"): ReadableStream<Uint8Array> {
  const left = [...chunks];
  return new ReadableStream({
    pull: (controller) => {
      const chunk = left.shift();
      if (chunk !== undefined) controller.enqueue(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
      else if (ending === "close") controller.close();
      else if (ending === "error") controller.error(new Error("reset"));
      else return new Promise(() => undefined);
      return undefined;
    },
  });
}

function parts(changes: Partial<RelayParts> = {}): RelayParts & { told: string[] } {
  const told: string[] = [];
  const tell = (what: string): Promise<void> => {
    told.push(what);
    return Promise.resolve();
  };
  return {
    told,
    upstream: upstream(CLAUDE),
    meter: ANTHROPIC.meter(),
    silenceMs: 1_000,
    longestMs: 60_000,
    keep: 10_000,
    whole: (text) => tell(`whole ${String(text?.length)}`),
    left: () => tell("left"),
    broken: () => tell("broken"),
    ...changes,
  };
}

describe("a stream that ends well", () => {
  it("is passed on to the byte, and counted by its events", async () => {
    const given = parts();
    const { body, over } = relay(given);

    expect(await new Response(body).text()).toBe(CLAUDE.join(""));
    await over;
    expect([given.told, usedInAll(given.meter, 0)]).toEqual([[`whole ${CLAUDE.join("").length}`], USED]);
  });

  it("shows its last event when it is noted, and no sooner", async () => {
    let noted = (): void => undefined;
    const given = parts({
      whole: () =>
        new Promise((resolve) => {
          noted = resolve;
        }),
    });
    const reader = relay(given).body.getReader();
    for (const event of CLAUDE.slice(0, 3)) expect(new TextDecoder().decode((await reader.read()).value as Uint8Array)).toBe(event);
    const last = reader.read();
    const early = await Promise.race([last.then(() => "shown"), new Promise((resolve) => setTimeout(resolve, 30, "held"))]);
    noted();

    expect([early, new TextDecoder().decode((await last).value as Uint8Array)]).toEqual(["held", CLAUDE[3]]);
  });

  it("breaks where it cannot be noted", async () => {
    const { body } = relay(parts({ whole: () => Promise.reject(new Error("unrecorded")) }));

    await expect(new Response(body).text()).rejects.toThrow("unrecorded");
  });

  it("hides what the client has not asked for", async () => {
    const given = parts({ upstream: upstream(GPT), meter: OPENAI.meter(), isHidden: isUsageAlone });

    expect(await new Response(relay(given).body).text()).toBe([GPT[0], GPT[2]].join(""));
    expect(usedInAll(given.meter, 0)).toEqual({ ...USED, input: 5 });
  });

  it("is kept up to its limit, or not", async () => {
    const given = parts({ keep: 20 });
    await new Response(relay(given).body).text();

    expect(given.told).toEqual(["whole undefined"]);
  });
});

describe("a stream that does not", () => {
  it.each([
    ["closes before its last event", upstream(CLAUDE.slice(0, 2)), "the stream ended before its last event"],
    ["breaks", upstream(CLAUDE.slice(0, 2), "error"), "reset"],
    ["says nothing more", upstream(CLAUDE.slice(0, 2), "silence"), "no answer within 20 ms"],
  ])("because it %s breaks for the client as well", async (_, given, said) => {
    const broken = parts({ upstream: given, silenceMs: 20 });

    await expect(new Response(relay(broken).body).text()).rejects.toThrow(said);
    expect(broken.told).toEqual(["broken"]);
  });

  it("is ended as the provider has, where that says why", async () => {
    const event = 'event: error\ndata: {"error":{"type":"overloaded_error"}}\n\n';
    const given = parts({ upstream: upstream([String(CLAUDE[0]), event]) });

    expect(await new Response(relay(given).body).text()).toContain("overloaded_error");
    expect(given.told).toEqual(["broken"]);
  });

  it("because its client has gone costs what has passed", async () => {
    const given = parts({ upstream: upstream(CLAUDE.slice(0, 2), "silence") });
    const { body, over } = relay(given);
    const reader = body.getReader();
    await reader.read();
    await reader.read();
    await reader.cancel();
    await over;

    expect(given.told).toEqual(["left"]);
    // Twelve letters are three tokens; of OpenAI nothing was said, so the request is estimated as well.
    expect(usedSoFar(given.meter, 400)).toEqual({ ...USED, output: 3 });
    expect(usedSoFar(OPENAI.meter(), 400)).toMatchObject({ input: 100, output: 0 });
  });
});

describe("a stream whose client reads no more, and stays", () => {
  it("is left, and costs what has passed, when its time is over", async () => {
    const given = parts({ upstream: upstream(CLAUDE.slice(0, 2)), longestMs: 20 });
    const { body, over } = relay(given);
    const reader = body.getReader();
    await reader.read();
    await reader.read();
    await over;

    expect(given.told).toEqual(["left"]);
    expect(usedSoFar(given.meter, 400)).toEqual({ ...USED, output: 3 });
    await expect(reader.read()).rejects.toThrow("too long");
  });

  it("has no time to keep to once it was noted", async () => {
    const given = parts({ longestMs: 20 });
    const { body, over } = relay(given);
    const reader = body.getReader();
    for (let event = 0; event < CLAUDE.length; event++) await reader.read();
    await over;
    await new Promise((resolve) => setTimeout(resolve, 60));

    expect((await reader.read()).done).toBe(true);
    expect(given.told).toEqual([`whole ${CLAUDE.join("").length}`]);
  });
});

describe("what a stream has cost that was left", () => {
  it.each([
    ["English", "a cat and a dog.", 4],
    ["Chinese", "一只猫和一只狗在花园里玩耍", 10],
    ["Cyrillic", "кошка и собака играют", 10],
  ])("is estimated by the bytes of its text, so that no script is cheap: %s", (_, text, tokens) => {
    const claude = ANTHROPIC.meter();
    const gpt = OPENAI.meter();
    const data = JSON.stringify({ delta: { type: "text_delta", text }, choices: [{ delta: { content: text } }] });
    claude.take({ event: "content_block_delta", data, raw: "" });
    gpt.take({ event: "message", data, raw: "" });

    expect([usedSoFar(claude, 0).output, usedSoFar(gpt, 0).output]).toEqual([tokens, tokens]);
  });
});

describe("what a provider has said of the whole answer", () => {
  const TEXT = "a long answer of few tokens. ".repeat(10);
  const delta = JSON.stringify({ delta: { text: TEXT }, choices: [{ delta: { content: TEXT } }] });
  const last = JSON.stringify({ usage: { input_tokens: 9, output_tokens: 7, prompt_tokens: 9, completion_tokens: 7 }, choices: [] });
  const PROVIDERS = [
    ["Anthropic", ANTHROPIC, "content_block_delta", "message_delta"],
    ["OpenAI", OPENAI, "message", "message"],
  ] as const;

  it.each(PROVIDERS)("counts, and no estimate, though the client left before the end: %s", (_, provider, piece, end) => {
    const meter = provider.meter();
    meter.take({ event: piece, data: delta, raw: "" });
    expect(usedSoFar(meter, 0).output).toBe(73);
    meter.take({ event: end, data: last, raw: "" });

    expect(usedSoFar(meter, 400)).toMatchObject({ input: 9, output: 7 });
    meter.take({ event: piece, data: delta, raw: "" });
    expect(usedSoFar(meter, 400)).toMatchObject({ input: 9, output: 145 });
  });

  it("is not what its first event says: a stream that never says more is estimated", () => {
    const meter = ANTHROPIC.meter();
    meter.take({ event: "message_start", data: '{"message":{"usage":{"input_tokens":9,"output_tokens":1}}}', raw: "" });
    meter.take({ event: "content_block_delta", data: delta, raw: "" });
    meter.take({ event: "message_delta", data: '{"delta":{"stop_reason":"end_turn"}}', raw: "" });
    meter.take({ event: "message_stop", data: "{}", raw: "" });

    expect(usedInAll(meter, 400)).toMatchObject({ input: 9, output: 73 });
  });
});

describe("what a model of OpenAI writes", () => {
  it.each([
    ["in words", { content: "sixteen letters." }],
    ["as a refusal", { refusal: "sixteen letters." }],
    ["to a tool", { tool_calls: [{ function: { arguments: "sixteen letters." } }] }],
    ["to a tool without a form", { tool_calls: [{ custom: { input: "sixteen letters." } }] }],
    ["to a function, as it was called once", { function_call: { arguments: "sixteen letters." } }],
  ])("is estimated %s", (_, delta) => {
    const meter = OPENAI.meter();
    meter.take({ event: "message", data: JSON.stringify({ choices: [{ delta }] }), raw: "" });

    expect(usedSoFar(meter, 0).output).toBe(4);
  });
});

describe("events", () => {
  it.each([1, 2, 3, 7, 1_000])("are the same in pieces of %i bytes", (size) => {
    const text = 'event: a\ndata: {"x":"ü€😀"}\n\n: note\n\ndata: 1\ndata: 2\r\n\r\ndata:3\n\n';
    const bytes = new TextEncoder().encode(text);
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < bytes.length; at += size) events.push(...reader.push(bytes.slice(at, at + size)));

    expect(events.map(({ event, data }) => [event, data])).toEqual([
      ["a", '{"x":"ü€😀"}'],
      ["message", ""],
      ["message", "1\n2"],
      ["message", "3"],
    ]);
    expect(events.map(({ raw }) => raw).join("")).toBe(text);
  });
});
