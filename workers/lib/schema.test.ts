import * as v from "valibot";
import { describe, expect, it } from "vitest";

import { check, jsonObject, object, parameters, text, wholeNumber } from "./schema";

const NAME = text(/^[a-z]+$/, "small letters");
const PART = object({ number: wholeNumber(1, 10), name: v.exactOptional(NAME) });
const BODY = object({ name: NAME, parts: v.optional(v.array(PART, "a list of parts"), []), data: v.nullish(jsonObject(2), {}) });

describe("check", () => {
  it("returns what was read, with what is left out", () => {
    expect(check(BODY, { name: "a", data: null })).toEqual({ name: "a", parts: [], data: {} });
  });

  it.each<[string, unknown, string]>([
    ["another value", { name: "A" }, "name must be small letters"],
    ["another type", { name: 1 }, "name must be small letters"],
    ["a field that lacks", {}, "name must be small letters"],
    ["a field of a part", { name: "a", parts: [{ number: 1 }, { number: 11 }] }, "parts[1].number must be a whole number from 1 to 10"],
    ["a field that a part lacks", { name: "a", parts: [{}] }, "parts[0].number must be a whole number from 1 to 10"],
    ["a part that is none", { name: "a", parts: [1] }, "parts[0] must be an object"],
    ["no list", { name: "a", parts: "b" }, "parts must be a list of parts"],
    ["no object", [], "the body must be a JSON object"],
    ["nothing", null, "the body must be a JSON object"],
    ["a name too many, before what lacks", { nane: 1 }, 'the body must be an object of name, parts, data (it has "nane")'],
    ["a name of JavaScript's own", JSON.parse('{"name":"a","__proto__":1}'), 'the body must be an object of name, parts, data (it has "__proto__")'],
    ["a name too many in a part", { name: "a", parts: [{ number: 1, constructor: 1 }] }, 'parts[0] must be an object of number, name (it has "constructor")'],
  ])("names the field and what is allowed: %s", (_, value, message) => {
    expect(() => check(BODY, value)).toThrow(expect.objectContaining({ status: 400, code: "invalid_request", message }) as Error);
  });

  it("never repeats what was given", () => {
    expect(() => check(BODY, { name: "canary 1" })).toThrow(expect.not.objectContaining({ message: expect.stringContaining("canary") as string }) as Error);
  });

  it("cuts a long name that it does not know", () => {
    expect(() => check(BODY, { ["x".repeat(100)]: 1 })).toThrow(`(it has "${"x".repeat(64)}")`);
  });

  it("says where a parameter stands, and looks at no others", () => {
    const schema = parameters({ id: NAME });

    expect(check(schema, { id: "a", other: "b" }, "the address", " in the address")).toEqual({ id: "a" });
    expect(() => check(schema, { id: "1" }, "the address", " in the address")).toThrow("id in the address must be small letters");
  });
});

describe("a whole number", () => {
  it.each([1.5, "1.5", "", "1e3", " 1", "-1", Number.NaN, true, null, {}, 11, "11", 0])("is not %j", (value) => {
    expect(() => check(wholeNumber(1, 10), value, "limit")).toThrow("limit must be a whole number from 1 to 10");
  });

  it.each([1, 10, "10", "01"])("is %j", (value) => {
    expect(check(wholeNumber(1, 10), value)).toBe(Number(value));
  });
});

describe("an object of the caller's own", () => {
  it("is bounded in depth", () => {
    expect(check(jsonObject(2), { a: { b: 1 } })).toEqual({ a: { b: 1 } });
    expect(() => check(jsonObject(2), { a: [{}] }, "data")).toThrow(
      "data must be at most 2 levels deep and free of reserved names (it is nested too deeply)",
    );
  });

  it("has no name that reaches into JavaScript's objects", () => {
    const given: unknown = JSON.parse('{"a":{"__proto__":1}}');

    expect(() => check(jsonObject(9), given, "data")).toThrow("(it holds the reserved name __proto__)");
  });

  it.each([[[]], [null], ["a"]])("is not %j", (value) => {
    expect(() => check(jsonObject(9), value, "data")).toThrow("data must be an object");
  });
});
