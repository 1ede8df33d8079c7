import { describe, expect, it } from "vitest";

import { contentRange, parseRange } from "./range";

describe("parseRange", () => {
  it.each([
    ["bytes=0-0", { offset: 0, length: 1 }],
    ["bytes=2-4", { offset: 2, length: 3 }],
    ["bytes=5-", { offset: 5, length: 5 }],
    ["bytes=5-99", { offset: 5, length: 5 }],
    ["bytes=-3", { offset: 7, length: 3 }],
    ["bytes=-99", { offset: 0, length: 10 }],
  ])("reads %s of ten bytes", (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it.each([null, "", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "items=0-1", "bytes=a-b"])(
    "gives all for %s",
    (header) => {
      expect(parseRange(header, 10)).toBeUndefined();
    },
  );

  it.each(["bytes=10-", "bytes=10-20", "bytes=-0"])("refuses %s with 416", (header) => {
    expect(() => parseRange(header, 10)).toThrow(
      expect.objectContaining({ status: 416, headers: { "Content-Range": "bytes */10" } }) as Error,
    );
  });

  it("has no part of nothing", () => {
    expect(() => parseRange("bytes=0-", 0)).toThrow("0 bytes");
  });
});

it("contentRange says where the part lies", () => {
  expect(contentRange({ offset: 2, length: 3 }, 10)).toBe("bytes 2-4/10");
});
