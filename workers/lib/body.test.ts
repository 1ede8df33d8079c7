import { describe, expect, it } from "vitest";

import { readJson } from "./body";
import { constantTimeEqual } from "./hash";

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

  it("refuses one byte more than was announced, should the runtime let it through", async () => {
    await expect(readJson(post('{"a":12}', { "Content-Length": "7" }), 7)).rejects.toMatchObject({ status: 413 });
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
