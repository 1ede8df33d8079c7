import { describe, expect, it } from "vitest";

import { sha256Hex } from "#lib/hash";
import { ACCOUNT, code, completion, harness, KEY, message, useHarness } from "./harness";

useHarness();

interface Escalated {
  model: string;
  cost_nano: string;
  usage: { input_tokens: number; output_tokens: number };
}

describe("a question", () => {
  it("costs what the source has it cost, in whole nano-dollars (SI-3)", async () => {
    const answer = await (await harness.escalate("q-1")).json<Escalated>();

    // 1000 × $0.000003 + 500 × $0.000015, before it is multiplied.
    expect(answer).toMatchObject({ cost_nano: "10500000", usage: { input_tokens: 1_000, output_tokens: 500 } });
    await harness.later(1_000);
    expect(harness.recorded).toEqual([
      {
        account_id: ACCOUNT,
        request_id: "q-1",
        model: "claude-3-5-sonnet-20241022",
        provider: "anthropic",
        input_tokens: 1_000,
        output_tokens: 500,
        cost_nano: "10500000",
        multiplier_tier: "cloud",
        at: "2026-11-29T12:00:00.000Z",
      },
    ]);
  });

  it("is estimated where its provider does not say what it has used, and never for nothing", async () => {
    harness.provider = () => message({ usage: undefined });
    const claude = await (await harness.escalate("q-1")).json<Escalated>();
    harness.provider = async () => Response.json({ ...(await completion().json<Record<string, unknown>>()), usage: null });
    const gpt = await (await harness.escalate("q-2", { model_preference: "gpt" })).json<Escalated>();

    // Nine letters are three tokens; the request by its bytes.
    for (const { usage } of [claude, gpt]) expect([usage.output_tokens, usage.input_tokens > 10]).toEqual([3, true]);
    expect(harness.lines().match(/usage_missing/g)).toHaveLength(2);
  });

  it("costs what the price of its day says", async () => {
    harness.provider = completion;
    const now = await (await harness.escalate("q-1", { model_preference: "gpt" })).json<Escalated>();
    await harness.later(2 * 86_400_000);
    const then = await (await harness.escalate("q-2", { model_preference: "gpt" })).json<Escalated>();

    // What is read from a cache costs as any other token where no price says less.
    expect([now.cost_nano, then.cost_nano]).toEqual(["25000000", "50000000"]);
  });

  it("counts what a cache was read for and written with at its own rates", async () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 1,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    };
    harness.provider = () => message({ usage });
    const answer = await (await harness.escalate("q-1")).json<Escalated>();

    const nano = 10 * 3_000 + 15_000 + 100 * 3_000 + 10 * 3_750 + 20 * 6_000;
    expect(answer).toMatchObject({ cost_nano: String(nano), usage: { input_tokens: 140, output_tokens: 1 } });
  });

  it("goes to the next model where none is wanted and the first cannot", async () => {
    harness.provider = (request) => (request.url.includes("anthropic") ? new Response("{}", { status: 529 }) : completion());

    expect(await (await harness.escalate("q-1")).json()).toMatchObject({ model: "gpt", provider: "openai" });
    expect(await code(await harness.escalate("q-2", { model_preference: "claude" }))).toBe("provider_busy");
  });

  it("goes to no other model where it is the question that is refused", async () => {
    harness.provider = () => Response.json({ error: { message: "too long" } }, { status: 400 });
    const refused = await harness.escalate("q-1");

    expect(harness.asked).toHaveLength(1);
    expect(await refused.json()).toMatchObject({ error: { code: "provider_rejected", message: expect.stringContaining("too long") as string } });
  });

  it.each([
    ["max_tokens must be at most 8192", { max_tokens: 9_000 }],
    ["max_tokens must be at most 4096 for gpt", { max_tokens: 5_000, model_preference: "gpt" }],
    ["model_preference must be one of claude (claude-3-5-sonnet-20241022), gpt", { model_preference: "parrot" }],
    ["request_id must be 1 to 128 visible ASCII characters", { request_id: "a b" }],
    ["query must be text of 1 to 400000 characters", { query: "" }],
  ])("is refused with %s", async (said, more) => {
    const refused = await harness.escalate("q-1", more);

    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain(said);
    expect(harness.asked).toHaveLength(0);
  });

  it("shows no provider the key of the caller, and no caller the key of a provider", async () => {
    await harness.escalate("q-1");

    expect(harness.asked[0]?.headers.get("x-api-key")).toBe("canary-anthropic");
    expect(JSON.stringify([...(harness.asked[0]?.headers ?? [])])).not.toContain(KEY);
    await harness.settled();
    expect(harness.lines()).not.toMatch(/canary/);
  });
});

describe("a limit of the platform at its provider", () => {
  it.each(["/v1/messages", "/v1/chat/completions"])("is a limit to the caller of %s, who learns nothing of the platform's account", async (path) => {
    const message = "Rate limit reached for gpt-4 in organization org-canary on tokens per min";
    harness.provider = () => Response.json({ error: { message } }, { status: 429, headers: { "Retry-After": "7" } });
    const refused = await harness.ask("POST", path, { model: path.includes("chat") ? "gpt" : "claude", messages: [] });

    expect([refused.status, refused.headers.get("Retry-After")]).toEqual([429, "7"]);
    expect(await refused.json()).toMatchObject({ error: { type: "rate_limit_error", message: expect.not.stringContaining("canary") as string } });
  });
});

describe("a client that leaves before its answer begins", () => {
  it.each([
    ["/v1/escalate", { request_id: "q-1", query: "canary-question" }],
    ["/v1/messages", { model: "claude", max_tokens: 100, messages: [] }],
  ])("pays for it all the same, at %s: its model has worked", async (path, body) => {
    const leaving = new AbortController();
    let [answer, began] = [(): void => undefined, (): void => undefined];
    const asked = new Promise<void>((resolve) => (began = resolve));
    harness.provider = (request) =>
      new Promise((resolve, reject) => {
        request.signal.addEventListener("abort", () => {
          reject(new Error("the call was ended"));
        });
        answer = () => {
          resolve(message());
        };
        began();
      });
    const response = harness.ask("POST", path, body, {}, leaving.signal);
    await asked;
    leaving.abort();
    answer();
    // The runtime ends what nobody has said is still to be done.
    await harness.settled();
    await harness.later(1_000);

    expect(harness.recorded.map(({ output_tokens }) => output_tokens)).toEqual([500]);
    expect((await response).status).toBe(200);
  });
});

describe("an answer that cannot be recorded", () => {
  it("is told to billing at once where the journal is out, and given", async () => {
    harness.provider = () => {
      harness.calls.outage = true;
      return message();
    };

    expect((await harness.escalate("q-1")).status).toBe(200);
    expect(harness.recorded.map(({ request_id }) => request_id)).toEqual(["q-1"]);
  });

  it("is not given where billing is out as well", async () => {
    harness.billing = () => new Response("", { status: 503 });
    harness.provider = () => {
      harness.calls.outage = true;
      return message();
    };

    const answer = await harness.escalate("q-1");
    expect(await answer.clone().text()).toContain("ask again with the same id: it is billed once at most");
    expect(await code(answer)).toBe("usage_unrecorded");
  });
});

describe("a body in the format of a provider", () => {
  it.each([
    ["/v1/messages", { model: "claude", speed: "fast" }, "speed"],
    ["/v1/messages", { model: "claude", tools: [{ type: "web_search_20250305", name: "web_search" }] }, "a tool that the provider runs"],
    ["/v1/messages", { model: "claude", service_tier: "priority" }, "another service_tier"],
    ["/v1/chat/completions", { model: "gpt", web_search_options: {} }, "web_search_options"],
  ])("of %s that has no price is refused: %j", async (path, body, said) => {
    const refused = await harness.ask("POST", path, body);

    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ error: { code: "not_priced", message: expect.stringContaining(said) as string } });
    expect(harness.asked).toHaveLength(0);
  });

  it("is forwarded as it is, with the id of its model, and what says the usage of a stream", async () => {
    harness.provider = () => new Response("data: [DONE]\n\n");
    const body = { model: "gpt", messages: [], stream: true, tools: [{ type: "function" }], seed: 7 };
    await (await harness.ask("POST", "/v1/chat/completions", body)).text();

    const sent = await harness.asked[0]?.json();
    expect(sent).toEqual({ ...body, model: "gpt-4-turbo-2024-04-09", stream_options: { include_usage: true } });
  });

  it("of a provider whose answer is refused leaves as the provider says it", async () => {
    const said = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    harness.provider = () => Response.json(said, { status: 529, headers: { "Retry-After": "3" } });
    const refused = await harness.ask("POST", "/v1/messages", { model: "claude", max_tokens: 1, messages: [] });

    expect([refused.status, refused.headers.get("Retry-After"), await refused.json()]).toEqual([529, "3", said]);
  });
});

describe("a key", () => {
  it("is believed for half a minute, and not once it is gone from KV", async () => {
    expect((await harness.ask("GET", "/v1/status")).status).toBe(200);
    await harness.later(1_000);
    await harness.keys.binding.delete(await sha256Hex(KEY));

    expect((await harness.ask("GET", "/v1/status")).status).toBe(200);
    await harness.later(30_000);
    expect((await harness.ask("GET", "/v1/status")).status).toBe(401);
  });

  it("cannot be told from none while KV is out", async () => {
    harness.keys.outage = true;
    const refused = await harness.ask("GET", "/v1/status");

    expect([refused.status, await code(refused)]).toEqual([503, "keys_unavailable"]);
  });

  it.each([
    ["keys", "acme"],
    ["keys", '{"id": "laptop"}'],
    ["limits", "500"],
    ["limits", "requests_per_minute: 500"],
  ] as const)("whose entry in %s somebody wrote wrong (%s) is said so, and is no outage", async (store, written) => {
    harness[store].values.set(await sha256Hex(KEY), written);
    const refused = await harness.ask("GET", "/v1/status");

    expect([refused.status, await code(refused)]).toEqual([503, "key_unreadable"]);
    await harness.settled();
    expect(JSON.stringify(harness.logged.map((spy) => spy.mock.calls))).not.toContain(written);
  });

  it("of the configuration reads the account that it is bound to", async () => {
    const known = { id: "platform", sha256: await sha256Hex("own-key"), scopes: ["read"], owners: ["platform"] };
    harness.env.API_TOKENS = JSON.stringify([known]);
    const own = { Authorization: "Bearer own-key" };

    expect(await (await harness.ask("GET", "/v1/status", undefined, own)).json()).toMatchObject({ account_id: "platform" });
    expect(await code(await harness.ask("POST", "/v1/escalate", {}, own))).toBe("insufficient_scope");
  });
});

describe("usage", () => {
  it("is asked of billing for the account of the key, whatever the query says", async () => {
    const asked: string[] = [];
    harness.env.BILLING = {
      fetch: (url: string) => {
        asked.push(url);
        return Promise.resolve(Response.json({}));
      },
    } as unknown as Fetcher;

    await harness.ask("GET", "/v1/usage?account_id=other&from=2026-11-01&to=2026-11-02");
    await harness.ask("GET", "/v1/usage");

    expect(asked).toEqual([
      "https://billing/usage?account_id=acme&from=2026-11-01&to=2026-11-02",
      "https://billing/usage?account_id=acme&from=2026-10-30&to=2026-11-30",
    ]);
  });
});

it("may be asked by the pages of the configuration", async () => {
  const headers = { Origin: "https://claude.ai", "Access-Control-Request-Method": "POST" };
  const preflight = await harness.ask("OPTIONS", "/v1/escalate", undefined, headers);

  expect([preflight.status, preflight.headers.get("Access-Control-Allow-Origin")]).toEqual([204, "https://claude.ai"]);
});

it("is unhealthy without a model that has a price, and degraded without billing", async () => {
  harness.billing = () => new Response("", { status: 503 });
  expect(await (await harness.ask("GET", "/health")).json()).toMatchObject({ status: "degraded", checks: { billing: "failed", journal: "ok" } });
});
