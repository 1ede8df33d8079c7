import { describe, expect, it } from "vitest";

import { readJson } from "./body";
import { corsHeaders, isPreflight, preflight } from "./cors";
import { constantTimeEqual } from "./hash";
import { SECURITY_HEADERS } from "./headers";
import { fields, integer, jsonObject, text } from "./validate";

function post(body: string | Uint8Array, headers: Record<string, string> = {}): Request {
  return new Request("https://host/", { method: "POST", body, headers });
}

describe("readJson", () => {
  it("reads JSON up to the limit", async () => {
    expect(await readJson(post('{"a":1}'), 7)).toEqual({ a: 1 });
  });

  it("refuses one byte more, also when the size is not announced", async () => {
    await expect(readJson(post('{"a":12}'), 7)).rejects.toMatchObject({ status: 413 });
  });

  it("refuses by the announced size before it reads", async () => {
    const request = post("1", { "Content-Length": "8" });

    await expect(readJson(request, 7)).rejects.toMatchObject({ status: 413 });
  });

  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["no UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
  ])("refuses %s", async (_, body) => {
    await expect(readJson(post(body), 100)).rejects.toMatchObject({ status: 400 });
  });
});

describe("validation", () => {
  const rule = { pattern: /^[a-z]+$/, expected: "small letters" };

  it("names the field and what is allowed", () => {
    expect(() => text("A", "name", rule)).toThrow("name must be small letters");
    expect(() => integer(11, "limit", { min: 1, max: 10 })).toThrow(
      "limit must be a whole number from 1 to 10",
    );
    expect(() => jsonObject([], "metadata", { bytes: 10, depth: 1 })).toThrow("metadata must be an object");
    expect(() => fields({ b: 1 }, ["a"])).toThrow('the body must be an object of a (it has "b")');
  });

  it.each([1.5, "1.5", "", "1e3", Number.NaN, true, {}])("takes %j for no whole number", (value) => {
    expect(() => integer(value, "limit", { min: 0, max: 1e9 })).toThrow("limit");
  });

  it("takes digits in text", () => {
    expect(integer("10", "limit", { min: 1, max: 10 })).toBe(10);
  });

  it("bounds an object's size and depth", () => {
    expect(() => jsonObject({ a: "x" }, "metadata", { bytes: 8, depth: 9 })).toThrow("8 bytes");
    expect(() => jsonObject({ a: {} }, "metadata", { bytes: 99, depth: 1 })).toThrow("1 levels");
  });
});

describe("CORS", () => {
  it("grants the configured origin, and names it to everybody", () => {
    const allowed = "https://a.example, https://b.example";

    expect(corsHeaders(allowed, "https://b.example")["Access-Control-Allow-Origin"]).toBe("https://b.example");
    expect(corsHeaders(allowed, "https://evil.example")["Access-Control-Allow-Origin"]).toBe("https://a.example");
    expect(corsHeaders(allowed, null)["Access-Control-Expose-Headers"]).toBe("ETag");
  });

  it("grants nobody without configuration", () => {
    expect(corsHeaders("", "https://a.example")).toEqual({});
  });

  it("answers a preflight for an hour", () => {
    const { headers, status } = preflight();

    expect(status).toBe(204);
    expect(headers.get("Access-Control-Max-Age")).toBe("3600");
    expect(headers.get("Access-Control-Allow-Headers")).toBe("*, Authorization");
  });

  it("knows a preflight from other OPTIONS", () => {
    const headers = { "Access-Control-Request-Method": "PUT" };

    expect(isPreflight(new Request("https://host/", { method: "OPTIONS", headers }))).toBe(true);
    expect(isPreflight(new Request("https://host/", { method: "OPTIONS" }))).toBe(false);
  });
});

it("security headers cover what FW-5 asks", () => {
  expect(Object.keys(SECURITY_HEADERS)).toEqual(
    expect.arrayContaining([
      "Strict-Transport-Security",
      "Content-Security-Policy",
      "X-Content-Type-Options",
      "Referrer-Policy",
      "Permissions-Policy",
    ]),
  );
  expect(SECURITY_HEADERS["Content-Security-Policy"]).toContain("frame-ancestors 'none'");
});

it.each([
  ["a", "a", true],
  ["a", "b", false],
  ["a", "", false],
  ["", "a", false],
  ["ab", "abab", false],
  ["abab", "ab", false],
])("constantTimeEqual(%j, %j) is %j", (left, right, expected) => {
  expect(constantTimeEqual(left, right)).toBe(expected);
});
