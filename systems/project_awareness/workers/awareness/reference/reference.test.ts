import { describe, expect, it } from "vitest";

import { keyOf, openApi } from "#lib/openapi";
import { referencePage } from "#lib/reference_page";
import { check } from "#lib/schema";
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
