import { describe, expect, it } from "vitest";

import { check } from "#lib/schema";
import { contentDisposition } from "./disposition";
import { DESCRIPTION, type Description } from "./model";

const GIVEN = { chittyId: "CHITTY-1", type: "note", name: "a.txt" };

function description(given: object): Description {
  return check(DESCRIPTION, given);
}

function contentType(value: string): string {
  return description({ ...GIVEN, contentType: value }).contentType;
}

describe("a content type", () => {
  it.each([
    ["text/plain", "text/plain"],
    ["text/plain;charset=utf-8", "text/plain; charset=utf-8"],
    ["text/plain \t; \tcharset=utf-8;a=b", "text/plain; charset=utf-8; a=b"],
    ['text/plain;a="b;c  d"', 'text/plain; a="b;c  d"'],
  ])("%j is kept as %j", (given, expected) => {
    expect(contentType(given)).toBe(expected);
  });

  it.each([
    "text/plain;\r\n a=b",
    "text/plain;\na=b",
    "text/plain\u2028;a=b",
    "text/plain;\u00a0a=b",
    'text/plain;a="\u0001"',
    'text/plain;a="€"',
    'text/plain;a="\t"',
    "text/plain;",
    "text",
    "",
  ])("%j is refused: no header could carry it", (given) => {
    expect(() => contentType(given)).toThrow("contentType must be");
  });
});

describe("a name", () => {
  it.each(["ü 日本 😀.txt", "\u2028.txt", "😀".repeat(255)])("%j reaches the header", (name) => {
    const value = contentDisposition(description({ ...GIVEN, name }).name);

    expect(new Headers({ "Content-Disposition": value }).get("Content-Disposition")).toBe(value);
  });

  it.each(["a\r\nb", "a\u0000b", "a\u0085b", "a\ud800b", "\udc00", "x".repeat(256), ""])(
    "%j is refused: no header could carry it",
    (name) => {
      expect(() => description({ ...GIVEN, name })).toThrow("name must be");
    },
  );
});

it.each(["a\u0000b", "a\ud800b", "x".repeat(513)])("the value %j of metadata is refused", (value) => {
  expect(() => description({ ...GIVEN, metadata: { key: value } })).toThrow("metadata must be");
});
