import { beforeEach, describe, expect, it } from "vitest";

import { Harness, SERVICE, type Refusal } from "./harness";
import { ROUTES } from "./routes";

let harness: Harness;

beforeEach(() => {
  harness = new Harness();
});

describe("the router", () => {
  it.each([
    ["/nowhere", 404],
    ["/v1/nowhere", 401],
    ["/admin/nowhere", 401],
    ["/v1/mint", 401],
  ])("answers %s to nobody with %i", async (path, status) => {
    expect((await harness.ask("GET", path)).status).toBe(status);
  });

  it.each(ROUTES.map(({ method, path }) => [method, path]))("guards %s %s", async (method, path) => {
    const response = await harness.ask(method, path.replaceAll(/:\w+/g, "1"));

    expect([response.status, (await response.json<Refusal>()).error.code]).toEqual([401, "unauthorized"]);
  });
});

describe("health", () => {
  it("says all that the source asks for, to everybody", async () => {
    const response = await harness.ask("GET", "/health");

    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: "healthy",
      service: "chittyid",
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      kv_status: "ok",
      checks: { database: "ok", kv: "ok" },
    });
  });

  it("says of a check that it failed as long as it goes by that, whatever is known since", async () => {
    harness.kv.outage = true;
    await harness.ask("GET", "/health");
    harness.kv.outage = false;
    harness.kv.unseen.add("id:CHITTY-EVNT-0001234-A1B2");
    await harness.ask("GET", "/v1/ids/CHITTY-EVNT-0001234-A1B2", { token: SERVICE });
    expect(await harness.json("GET", "/health")).toMatchObject({ kv_status: "failed", checks: { kv: "failed" } });

    harness.restart();
    await harness.ask("GET", "/health");
    harness.kv.outage = true;
    await harness.ask("GET", "/v1/ids/CHITTY-EVNT-0001234-A1B2", { token: SERVICE });
    expect(await harness.json("GET", "/health")).toMatchObject({ kv_status: "ok", checks: { kv: "ok" } });
  });

  it("is degraded without one store, and unhealthy without both", async () => {
    harness.kv.outage = true;
    expect(await harness.json("GET", "/health")).toMatchObject({ status: "degraded", kv_status: "failed" });

    harness.db.outage = "out";
    harness.restart();
    const response = await harness.ask("GET", "/health");
    expect([response.status, (await response.json<{ status: string }>()).status]).toEqual([503, "unhealthy"]);
  });
});

describe("the documentation", () => {
  it("is made from the routes, for people and programs, and open", async () => {
    const page = await (await harness.ask("GET", "/docs")).text();
    const document = await harness.json<{ paths: object }>("GET", "/docs/openapi.json");

    expect(page).toContain('-X POST "$CHITTYID/v1/mint"');
    expect(Object.keys(document.paths).sort()).toEqual(
      [...new Set(ROUTES.map(({ path }) => path.replaceAll(/:(\w+)/g, "{$1}"))), "/health", "/docs", "/docs/openapi.json"].sort(),
    );
  });

  it("is read, not written", async () => {
    expect((await harness.ask("POST", "/docs")).headers.get("Allow")).toBe("HEAD, GET");
  });
});
