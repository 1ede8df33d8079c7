import { describe, expect, it, vi } from "vitest";

import { keyOf } from "#lib/openapi";
import { ADA, code, harness, tokenOf, useHarness } from "./harness";
import { REFERENCE } from "./reference";
import { BASE, ROUTES } from "./routes";

useHarness();

const LIMIT = 3;

async function reachLimit(): Promise<void> {
  harness.env.REQUESTS_PER_MINUTE = String(LIMIT);
  for (let count = 1; count <= LIMIT; count++) expect((await harness.ask("GET", "/sync/settings")).status).toBe(200);
}

describe("requests of a user are limited (SI-5)", () => {
  it.each(ROUTES.map((route) => [keyOf(route), route] as const))("%s is one of them", async (key, { method, path }) => {
    await reachLimit();
    const refused = await harness.ask(method, BASE + path.replace(/:\w+/, "x"), method === "POST" ? {} : undefined);

    expect([refused.status, refused.headers.get("Retry-After"), await code(refused)]).toEqual([429, "60", "rate_limited"]);
    expect(REFERENCE.operations[key]?.refusals?.[429]).toEqual(["rate_limited"]);
  });

  it.each(ROUTES.map((route) => [keyOf(route), route] as const))("so is %s without its scope", async (_, { method, path }) => {
    harness.env.REQUESTS_PER_MINUTE = String(LIMIT);
    const token = await tokenOf(ADA, { scope: "openid" });
    const refused = [];
    for (let count = 0; count <= LIMIT; count++) refused.push((await harness.with(token, method, BASE + path.replace(/:\w+/, "x"))).status);

    expect(refused).toEqual([403, 403, 403, 429]);
  });

  it("each by themselves, in any minute, and after the object has left memory", async () => {
    await reachLimit();
    expect((await harness.ask("GET", "/sync/status", undefined, "eve")).status).toBe(200);
    harness.states.evict();
    vi.setSystemTime(Date.now() + 59_999);
    expect((await harness.ask("GET", "/sync/status", undefined, ADA)).status).toBe(429);
    vi.setSystemTime(Date.now() + 1);
    expect((await harness.ask("GET", "/sync/status", undefined, ADA)).status).toBe(200);
  });
});
