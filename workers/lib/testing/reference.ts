import { describe, expect, it } from "vitest";

import { keyOf, openApi, type Reference } from "#lib/openapi";
import { referencePage } from "#lib/reference_page";
import { check } from "#lib/schema";

/**
 * Test that *reference* says something of every route and of no other, with examples that the routes take.
 *
 * @param open How many addresses answer everybody and have a curl as well.
 */
export function testReference<Env extends object>(reference: Reference<Env>, open: number): void {
  const { routes, operations, env } = reference;

  it("says something of every route, and of no other", () => {
    expect(Object.keys(operations).sort()).toEqual(routes.map(keyOf).sort());
    expect(openApi(reference)).toMatchObject({ openapi: "3.1.0", paths: { "/health": {} } });
  });

  it("has one curl for each", () => {
    expect(referencePage(reference).match(/^curl /gm)).toHaveLength(routes.length + open);
  });

  it("does not go on without one", () => {
    const incomplete = { ...reference, operations: {} };
    const lacks = `the reference lacks ${routes.slice(0, 1).map(keyOf).join("")}`;

    expect(() => openApi(incomplete)).toThrow(lacks);
    expect(() => referencePage(incomplete)).toThrow(lacks);
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
}
