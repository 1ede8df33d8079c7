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

it("has one curl for each", () => {
  expect(referencePage(REFERENCE).match(/^curl /gm)).toHaveLength(routes.length + 3);
});

it("does not go on without one", () => {
  const incomplete = { ...REFERENCE, operations: {} };

  expect(() => openApi(incomplete)).toThrow("the reference lacks POST /v1/escalate");
  expect(() => referencePage(incomplete)).toThrow("the reference lacks POST /v1/escalate");
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
