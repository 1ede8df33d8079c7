import { describe, expect, it } from "vitest";

import { jsonBytes, jsonFault, mergePatch, type Json } from "./json";

describe("mergePatch", () => {
  // The examples of RFC 7396, appendix A.
  const examples: [Json, Json, Json][] = [
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
    [{ a: "b" }, { a: null }, {}],
    [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [["a", "b"], ["c", "d"], ["c", "d"]],
    [{ a: "b" }, ["c"], ["c"]],
    [{ a: "foo" }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: "b", c: null }, { a: "b" }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ];

  it.each(examples)("turns %j by %j into %j", (target, patch, expected) => {
    expect(mergePatch(target, patch)).toEqual(expected);
  });

  it("changes neither argument", () => {
    const target = { a: { b: 1 } };

    mergePatch(target, { a: { c: 2 } });

    expect(target).toEqual({ a: { b: 1 } });
  });
});

describe("jsonFault", () => {
  it("finds nothing in data within the depth", () => {
    expect(jsonFault({ a: [{ b: 1 }] }, 3)).toBeUndefined();
  });

  it("finds data nested deeper", () => {
    expect(jsonFault({ a: [{ b: 1 }] }, 2)).toBe("is nested too deeply");
  });

  it.each(["1e400", "-1e999"])("finds a number that would be kept as null: %s", (number) => {
    const data = JSON.parse(`{"a": [${number}]}`) as Json;

    expect(jsonFault(data, 5)).toBe("holds a number beyond 1.8e308");
  });

  it.each(["__proto__", "constructor", "prototype"])("finds the name %s", (name) => {
    const data = JSON.parse(`{"a": [{"${name}": 1}]}`) as Json;

    expect(jsonFault(data, 5)).toContain(name);
  });
});

it("counts bytes of UTF-8, not characters", () => {
  expect(jsonBytes("ä")).toBe(4);
});
