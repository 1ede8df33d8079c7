import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Env } from "../env";
import { retrieve } from "./retrieve";

const PATH = "services/chittyid/service_token";
const SECRETS = { CHITTYID_SERVICE_TOKEN: "canary-fallback", API_TOKENS: "canary-tokens" };

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

function env(url: string): Env {
  return { ...SECRETS, ONEPASSWORD_CONNECT_URL: url, ONEPASSWORD_CONNECT_TOKEN: "canary-connect" } as unknown as Env;
}

/** A Connect server with one vault, one item, one field. */
function server(): { fetcher: typeof fetch; asked: string[] } {
  const answers = new Map<string, unknown>([
    ['/v1/vaults?filter=name eq "services"', [{ id: "v1" }]],
    ['/v1/vaults/v1/items?filter=title eq "chittyid"', [{ id: "i1" }]],
    ["/v1/vaults/v1/items/i1", { fields: [{ label: "service_token", value: "canary-value" }] }],
  ]);
  const asked: string[] = [];
  const fetcher = (input: string, init: { headers: Record<string, string> }): Promise<Response> => {
    const url = new URL(input);
    asked.push(decodeURIComponent(url.pathname + url.search));
    const isKnown = init.headers["Authorization"] === "Bearer canary-connect";
    const answer = answers.get(asked.at(-1) ?? "") ?? [];
    return Promise.resolve(isKnown ? Response.json(answer) : new Response(null, { status: 401 }));
  };
  return { fetcher: fetcher as unknown as typeof fetch, asked };
}

describe("without a Connect server", () => {
  it("hands out the worker's own secret", async () => {
    expect(await retrieve(env(""), PATH)).toEqual({ value: "canary-fallback", source: "worker_secret" });
  });

  it.each(["services/chittyconnect/api_tokens", "API_TOKENS", "a/b/constructor"])(
    "hands out nothing for %s",
    async (path) => {
      await expect(retrieve(env(""), path)).rejects.toMatchObject({ status: 403 });
    },
  );

  it("says when the secret is not set", async () => {
    const attempt = retrieve({ ...env(""), CHITTYID_SERVICE_TOKEN: "" }, PATH);

    await expect(attempt).rejects.toMatchObject({ status: 404, code: "credential_not_found" });
  });
});

describe("with a Connect server", () => {
  it("hands out its field", async () => {
    const { fetcher, asked } = server();

    expect(await retrieve(env("http://connect:8080/"), PATH, fetcher)).toEqual({
      value: "canary-value",
      source: "onepassword_connect",
    });
    expect(asked).toHaveLength(3);
  });

  it.each(["other/chittyid/service_token", "services/other/service_token", "services/chittyid/other"])(
    "says that there is nothing at %s",
    async (path) => {
      const attempt = retrieve(env("http://connect:8080"), path, server().fetcher);

      await expect(attempt).rejects.toMatchObject({ status: 404 });
    },
  );

  it("does not fall back when it cannot be reached, nor says why", async () => {
    const broken = (() => Promise.reject(new Error("canary-address refused"))) as typeof fetch;

    await expect(retrieve(env("http://connect:8080"), PATH, broken)).rejects.toMatchObject({
      status: 503,
      message: "1Password Connect cannot be reached",
    });
  });

  it("does not fall back when it refuses the token", async () => {
    const refused = { ...env("http://connect:8080"), ONEPASSWORD_CONNECT_TOKEN: "old" };

    await expect(retrieve(refused, PATH, server().fetcher)).rejects.toMatchObject({ status: 503 });
  });
});
