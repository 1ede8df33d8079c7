import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Env } from "../env";
import { ConnectServerDouble } from "./harness";
import { retrieve } from "./retrieve";

const CLAIM = { service: "chittyid", credentialPath: "services/chittyid/service_token" };
const NEW = "canary-new";
const OLD = "canary-connect";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

function ask(double: ConnectServerDouble, secrets: Partial<Env>) {
  const listed = JSON.stringify({ chittyid: { vaults: ["services"], tokens: [] } });
  const env = { ONEPASSWORD_CONNECT_URL: double.url, SERVICE_VAULTS: listed, ...secrets } as unknown as Env;
  return retrieve(env, CLAIM, "ci", double.fetcher);
}

describe("while one server is changed for another", () => {
  it.each([[[OLD]], [[NEW]], [[OLD, NEW]]])("reads of whichever knows %s", async (tokens) => {
    const double = new ConnectServerDouble();
    double.tokens = tokens;
    const secrets = { ONEPASSWORD_CONNECT_TOKEN: NEW, ONEPASSWORD_CONNECT_TOKEN_PREVIOUS: OLD };

    expect((await ask(double, secrets)).value).toBe("canary-value");
  });

  it("asks once more, and not once more for each request", async () => {
    const double = new ConnectServerDouble();
    await ask(double, { ONEPASSWORD_CONNECT_TOKEN: NEW, ONEPASSWORD_CONNECT_TOKEN_PREVIOUS: OLD });

    expect(double.asked).toHaveLength(4);
  });

  it("has the tokens before of services that have their own", async () => {
    const double = new ConnectServerDouble();
    const secrets = {
      ONEPASSWORD_CONNECT_TOKEN_PREVIOUS: OLD,
      ONEPASSWORD_CONNECT_TOKENS: JSON.stringify({ chittyid: NEW }),
    };
    const before = { ONEPASSWORD_CONNECT_TOKENS_PREVIOUS: JSON.stringify({ chittyid: OLD }) };

    await expect(ask(double, secrets)).rejects.toMatchObject({ status: 503, code: "credential_store_refused" });
    expect((await ask(double, { ...secrets, ...before })).value).toBe("canary-value");
  });

  it("is refused when neither is known, after both", async () => {
    const double = new ConnectServerDouble();
    double.tokens = [];
    const secrets = { ONEPASSWORD_CONNECT_TOKEN: NEW, ONEPASSWORD_CONNECT_TOKEN_PREVIOUS: OLD };

    await expect(ask(double, secrets)).rejects.toMatchObject({ status: 503, code: "credential_store_refused" });
    expect(double.asked).toHaveLength(2);
  });
});
