import { describe, expect, it } from "vitest";

import { keyOf, openApi } from "#lib/openapi";
import { referencePage } from "#lib/reference_page";
import { check } from "#lib/schema";
import { CONTEXT_BYTES } from "../projects/store";
import { REFERENCE } from ".";

const { routes, operations, env } = REFERENCE;

it("says something of every route, and of no other", () => {
  expect(Object.keys(operations).sort()).toEqual(routes.map(keyOf).sort());
  expect(openApi(REFERENCE)).toMatchObject({ openapi: "3.1.0", paths: { "/health": {} } });
});

it("says how somebody shows who they are, and gives every operation a name (PA-18)", () => {
  const { paths, components, security, servers } = openApi(REFERENCE) as {
    paths: Record<string, Record<string, { operationId: string }>>;
    components: { securitySchemes: object };
    security: object[];
    servers: object[];
  };
  const names = Object.values(paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));

  expect(components.securitySchemes).toEqual({ token: { type: "http", scheme: "bearer" } });
  expect(security).toEqual([{ token: [] }]);
  expect(servers).toEqual([{ url: "https://project-awareness.chitty.cc" }]);
  // What a CustomGPT takes as the name of an action.
  for (const name of names) expect(name).toMatch(/^[A-Za-z][\w-]{0,63}$/);
  expect(new Set(names).size).toBe(names.length);
});

describe("a CustomGPT (PA-18)", () => {
  // As its documentation has them: https://developers.openai.com/api/docs/actions/production
  const [ENDPOINT, PARAMETER, PAYLOAD] = [300, 700, 100_000];
  const described = openApi(REFERENCE) as { paths: Record<string, Record<string, Described>> };
  const all = Object.values(described.paths).flatMap((methods) => Object.entries(methods));

  interface Described {
    operationId: string;
    summary: string;
    description?: string;
    security?: object[];
    parameters?: { in: string; description?: string }[];
    "x-openai-isConsequential"?: boolean;
  }

  it.each(all.map(([, operation]) => [operation.operationId, operation] as const))("takes what is said of %s", (_, operation) => {
    const { summary, description = "", parameters = [] } = operation;

    expect(summary.length).toBeLessThanOrEqual(ENDPOINT);
    expect(description.length).toBeLessThanOrEqual(ENDPOINT);
    for (const each of parameters) {
      expect(each.description?.length ?? 0).toBeLessThanOrEqual(PARAMETER);
      // Headers of one's own are not sent.
      expect(["path", "query"]).toContain(each.in);
    }
  });

  it("gets no answer that is too long for it", () => {
    expect(JSON.stringify(described).length).toBeLessThan(PAYLOAD);
    expect(referencePage(REFERENCE).length).toBeLessThan(PAYLOAD);
    expect(CONTEXT_BYTES).toBeLessThan(PAYLOAD);
  });

  it("asks its user each time before it ends a session, and not for what harms nothing", () => {
    const unasked = all.filter(([method, each]) => method !== "get" && each["x-openai-isConsequential"] === false);

    expect(unasked.map(([, { operationId }]) => operationId)).toEqual(["postApiAuthVerify", "postApiProjectsSync", "postApiSessionsRegister"]);
  });

  it("is told what answers without a token", () => {
    const open = all.filter(([, { security }]) => security !== undefined).map(([, { operationId, security }]) => [operationId, security]);

    expect(Object.fromEntries(open)).toEqual({
      getApiProjectsSuggestions: [{ token: [] }, {}],
      ...Object.fromEntries(["getHealth", "getApiInfo", "getDocs", "getDocsOpenapiJson"].map((name) => [name, []])),
    });
  });
});

it("has one curl for each", () => {
  expect(referencePage(REFERENCE).match(/^curl /gm)).toHaveLength(routes.length + 4);
});

describe.each(routes.map((route) => [keyOf(route), route] as const))("the example of %s", (key, route) => {
  const { params = {}, query = {}, body } = operations[key]?.example ?? {};

  it("is what the route takes", () => {
    check(route.params, params, "the address");
    check(route.query, query, "the query");
    expect(body !== undefined).toBe(route.body !== undefined);
    if (route.body !== undefined) check(route.body.schema(env), body);
  });
});
