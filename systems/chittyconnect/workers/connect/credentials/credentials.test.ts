import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Env } from "../env";
import { ConnectServerDouble, SECOND_VAULT } from "./harness";
import { probeServer, retrieve, type Credential } from "./retrieve";

const PATH = "services/chittyid/service_token";
const SECRETS = { CHITTYID_SERVICE_TOKEN: "canary-fallback", API_TOKENS: "canary-tokens" };
const SERVICES = { chittyid: { vaults: ["services", "other"], tokens: [] } };
const URL_ = "http://connect:8080";
let asked = 0;

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

function env(url: string, changes: Partial<Env> = {}): Env {
  const connect = { ONEPASSWORD_CONNECT_URL: url, ONEPASSWORD_CONNECT_TOKEN: "canary-connect" };
  return { ...SECRETS, ...connect, SERVICE_VAULTS: JSON.stringify(SERVICES), ...changes } as unknown as Env;
}

/** Ask for *path*; each server has an address of its own, for ids of items are remembered. */
function ask(
  double: ConnectServerDouble | typeof fetch,
  path = PATH,
  changes: Partial<Env> = {},
  service = "chittyid",
): Promise<Credential> {
  const isDouble = double instanceof ConnectServerDouble;
  const url = isDouble ? double.url : `http://connect-${asked++}`;
  const claim = { service, credentialPath: path };
  return retrieve(env(url, changes), claim, "ci", isDouble ? double.fetcher : double);
}

describe("without a Connect server", () => {
  const without = (path: string, changes: Partial<Env> = {}): Promise<Credential> =>
    retrieve(env("", { SERVICE_VAULTS: "", ...changes }), { service: "any", credentialPath: path }, "ci");

  it("hands out the worker's own secret", async () => {
    expect(await without(PATH)).toEqual({ value: "canary-fallback", source: "worker_secret" });
  });

  it.each(["services/chittyconnect/api_tokens", "API_TOKENS", "a/b/constructor"])(
    "hands out nothing for %s",
    async (path) => {
      await expect(without(path)).rejects.toMatchObject({ status: 403 });
    },
  );

  it("says when the secret is not set", async () => {
    const attempt = without(PATH, { CHITTYID_SERVICE_TOKEN: "" });

    await expect(attempt).rejects.toMatchObject({ status: 404, code: "credential_not_found" });
  });

  it("holds to the list of services where there is one", async () => {
    const attempt = without(PATH, { SERVICE_VAULTS: JSON.stringify(SERVICES) });

    await expect(attempt).rejects.toMatchObject({ status: 403, code: "service_not_allowed" });
  });
});

describe("with a Connect server", () => {
  it("hands out its field", async () => {
    const double = new ConnectServerDouble();

    expect(await ask(double)).toEqual({ value: "canary-value", source: "onepassword_connect" });
    expect(double.asked).toHaveLength(3);
  });

  it.each(["other/chittyid/service_token", "services/other/service_token", "services/chittyid/other"])(
    "says that there is nothing at %s",
    async (path) => {
      await expect(ask(new ConnectServerDouble(), path)).rejects.toMatchObject({ status: 404 });
    },
  );

  it("does not fall back when it cannot be reached, nor says why", async () => {
    const broken = (() => Promise.reject(new Error("canary-address refused"))) as typeof fetch;

    await expect(ask(broken)).rejects.toMatchObject({
      status: 503,
      message: "1Password Connect cannot be reached",
    });
  });

  it("does not fall back when it refuses the token, and says that it is the token", async () => {
    const attempt = ask(new ConnectServerDouble(), PATH, { ONEPASSWORD_CONNECT_TOKEN: "old" });

    await expect(attempt).rejects.toMatchObject({ status: 503, code: "credential_store_refused" });
  });

  it.each<[string, () => Response]>([
    ["a page", () => new Response("<html></html>")],
    ["a redirect", () => new Response(null, { status: 302, headers: { Location: "https://login.example" } })],
    ["JSON of another form", () => Response.json({ vaults: [] })],
  ])("takes %s for no answer", async (_, answer) => {
    const attempt = ask(() => Promise.resolve(answer()));

    await expect(attempt).rejects.toMatchObject({ status: 503, code: "credential_store_unavailable" });
  });

  it("takes the details of another item for no answer", async () => {
    const double = new ConnectServerDouble();
    double.details = { id: "i2", title: "chittyid", fields: [] };

    await expect(ask(double)).rejects.toMatchObject({ status: 503, code: "credential_store_unavailable" });
  });

  it("chooses none of two that have the name", async () => {
    const double = new ConnectServerDouble();
    double.vaults = [{ id: "v1" }, { id: SECOND_VAULT }];

    await expect(ask(double)).rejects.toMatchObject({ status: 409, code: "credential_ambiguous" });
  });

  it.each([429, 503])("asks again when it is busy (%i), and no more when that lasts", async (status) => {
    const double = new ConnectServerDouble();
    double.failing = [status];
    expect((await ask(double)).value).toBe("canary-value");
    expect(double.asked).toHaveLength(4);

    const busy = new ConnectServerDouble();
    busy.failing = [status, status, status];
    await expect(ask(busy)).rejects.toMatchObject({ status: 503 });
    expect(busy.asked).toHaveLength(3);
  });

  it("does not wait for what is told to last longer", async () => {
    const double = new ConnectServerDouble();
    double.failing = [429];
    double.retryAfter = "60";

    await expect(ask(double)).rejects.toMatchObject({ status: 503 });
    expect(double.asked).toHaveLength(1);
  });
});

describe("an item that was found", () => {
  it("is asked for at once for a minute, each time anew", async () => {
    vi.useFakeTimers();
    const double = new ConnectServerDouble();
    await ask(double);
    double.details = { ...double.details, fields: [{ label: "service_token", value: "canary-rotated" }] };

    expect((await ask(double)).value).toBe("canary-rotated");
    expect(double.asked).toHaveLength(4);
    vi.advanceTimersByTime(60_000);
    await ask(double);
    vi.useRealTimers();
    expect(double.asked).toHaveLength(7);
  });

  it("is found again when it has moved or has another name", async () => {
    const double = new ConnectServerDouble();
    await ask(double);
    double.move("i9");
    expect((await ask(double)).value).toBe("canary-value");

    double.details = { ...double.details, title: "another" };
    double.items = [];
    await expect(ask(double)).rejects.toMatchObject({ status: 404 });
  });

  it("is looked for anew by another token, which may not see it", async () => {
    const double = new ConnectServerDouble();
    double.tokens = ["canary-connect", "canary-own"];
    await ask(double);
    await ask(double, PATH, { ONEPASSWORD_CONNECT_TOKENS: JSON.stringify({ chittyid: "canary-own" }) });

    expect(double.asked).toHaveLength(6);
  });

  it("stops with the token that found it", async () => {
    const double = new ConnectServerDouble();
    await ask(double);
    double.tokens = [];

    await expect(ask(double)).rejects.toMatchObject({ status: 503, code: "credential_store_refused" });
  });
});

describe("a service", () => {
  it.each<[string, string, string, string]>([
    ["is not listed", "mailer", PATH, "service_not_allowed"],
    ["has a name that every object has", "constructor", PATH, "service_not_allowed"],
    ["may not read the vault", "chittyid", "emergency/a/b", "vault_not_allowed"],
  ])("reads nothing when it %s", async (_, service, path, code) => {
    const double = new ConnectServerDouble();

    await expect(ask(double, path, {}, service)).rejects.toMatchObject({ status: 403, code });
    expect(double.asked).toEqual([]);
  });

  it("reads nothing where no list says what it may read", async () => {
    const attempt = ask(new ConnectServerDouble(), PATH, { SERVICE_VAULTS: "" });

    await expect(attempt).rejects.toMatchObject({ status: 403, code: "service_not_allowed" });
  });

  it("is spoken for by its API tokens only, where they are named", async () => {
    const services = (tokens: string[]): Partial<Env> => ({
      SERVICE_VAULTS: JSON.stringify({ chittyid: { vaults: ["services"], tokens } }),
    });
    const attempt = ask(new ConnectServerDouble(), PATH, services(["another"]));

    await expect(attempt).rejects.toMatchObject({ status: 403, code: "service_token_not_allowed" });
    expect((await ask(new ConnectServerDouble(), PATH, services(["ci"]))).value).toBe("canary-value");
  });

  it("is asked for with its own token where it has one", async () => {
    const own = (tokens: Record<string, string>): Partial<Env> => ({
      ONEPASSWORD_CONNECT_TOKENS: JSON.stringify(tokens),
    });
    const double = new ConnectServerDouble();
    double.tokens = ["canary-own"];

    expect((await ask(double, PATH, own({ chittyid: "canary-own" }))).value).toBe("canary-value");
    await expect(ask(double, PATH, own({ mailer: "canary-own" }))).rejects.toMatchObject({ status: 503 });
  });
});

describe("Access before the server", () => {
  const token = { ONEPASSWORD_ACCESS_CLIENT_ID: "id", ONEPASSWORD_ACCESS_CLIENT_SECRET: "canary-secret" };

  it("is shown the service token beside the bearer, and only a whole one", async () => {
    const [whole, half] = [new ConnectServerDouble(), new ConnectServerDouble()];
    await ask(whole, PATH, token);
    await ask(half, PATH, { ONEPASSWORD_ACCESS_CLIENT_ID: "id" });

    expect(whole.headers).toMatchObject({ "CF-Access-Client-Id": "id", "CF-Access-Client-Secret": "canary-secret" });
    expect(half.headers).not.toHaveProperty("CF-Access-Client-Id");
  });
});

describe("the health of the server", () => {
  it("is good without one", async () => {
    await expect(probeServer(env(""))).resolves.toBeUndefined();
  });

  it.each([
    [200, true],
    [302, false],
    [503, false],
  ])("by %i", async (status, isGood) => {
    const answer = (() => Promise.resolve(new Response(null, { status }))) as typeof fetch;
    const probed = probeServer(env(URL_), answer);

    await (isGood ? expect(probed).resolves.toBeUndefined() : expect(probed).rejects.toThrow(`${status}`));
  });
});
