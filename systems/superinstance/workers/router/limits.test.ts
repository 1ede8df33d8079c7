import { describe, expect, it } from "vitest";

import { keyOf } from "#lib/openapi";
import { sha256Hex } from "#lib/hash";
import { code, harness, KEY, useHarness } from "./harness";
import { REFERENCE } from "./reference";
import { ROUTES } from "./routes";

useHarness();

const LIMIT = 3;
const BESIDES = ROUTES.filter(({ scope }) => scope !== "ask");

async function limitTo(requests_per_minute: number, scopes = [...new Set(ROUTES.map(({ scope }) => scope))]): Promise<void> {
  // KV takes a key once a second.
  await harness.later(1_000);
  const entry = { id: "laptop", account_id: "acme", scopes };
  await harness.keys.binding.put(await sha256Hex(KEY), JSON.stringify(entry));
  await harness.limits.binding.put(await sha256Hex(KEY), JSON.stringify({ requests_per_minute }));
}

describe("requests that ask no model are as many a minute as those that do (SI-2)", () => {
  it.each(BESIDES.map((route) => [keyOf(route), route] as const))("%s is one of them", async (key, { method, path }) => {
    await limitTo(LIMIT);
    for (let count = 1; count <= LIMIT; count++) expect((await harness.ask("GET", "/v1/status")).status).toBe(200);
    const refused = await harness.ask(method, path, method === "GET" ? undefined : {});

    expect([refused.status, refused.headers.get("Retry-After"), await code(refused)]).toEqual([429, "60", "rate_limited"]);
    expect(REFERENCE.operations[key]?.refusals?.[429]).toEqual(["rate_limited"]);
  });

  it.each([
    ["/v1/escalate", { query: 7 }],
    ["/v1/stream", { request_id: "q-1", query: "x", max_tokens: 8_193 }],
    ["/v1/messages", { model: "claude", speed: "fast" }],
    ["/v1/chat/completions", { model: "unknown" }],
  ])("so is a question at %s that cannot be understood", async (path, wrong) => {
    await limitTo(LIMIT);
    const answers = [];
    for (let count = 0; count <= LIMIT; count++) answers.push((await harness.ask("POST", path, wrong)).status);

    expect(answers).toEqual([400, 400, 400, 429]);
    expect(await harness.escalate("q-2")).toMatchObject({ status: 200 });
  });

  it.each(ROUTES.map((route) => [keyOf(route), route] as const))("so is %s without its scope", async (_, { method, path }) => {
    await limitTo(LIMIT, []);
    const refused = [];
    for (let count = 0; count <= LIMIT; count++) refused.push((await harness.ask(method, path, method === "GET" ? undefined : {})).status);

    expect(refused).toEqual([403, 403, 403, 429]);
  });

  it("and are counted by themselves", async () => {
    await limitTo(LIMIT);
    for (let count = 1; count <= LIMIT; count++) await harness.ask("GET", "/v1/status");
    const questions = [];
    for (let count = 0; count <= LIMIT; count++) questions.push((await harness.escalate(`q-${count}`)).status);

    expect(questions).toEqual([200, 200, 200, 429]);
  });

  it("and are counted after the object has left memory", async () => {
    await limitTo(LIMIT);
    for (let count = 1; count <= LIMIT; count++) await harness.ask("GET", "/v1/usage");
    harness.calls.evict();
    expect((await harness.ask("GET", "/v1/usage")).status).toBe(429);
    await harness.later(60_000);

    expect(await (await harness.ask("GET", "/v1/status")).json()).toMatchObject({ requests_remaining: 3, other_requests_remaining: 2 });
  });
});
