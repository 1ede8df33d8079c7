import { describe, expect, it } from "vitest";

import { formBoundary, formParts, partText } from "./multipart_form";

interface Read {
  name: string;
  filename: string | undefined;
  contentType: string | undefined;
  text: string;
}

const FORM = [
  "--b0undary",
  'Content-Disposition: form-data; name="chittyId"',
  "",
  "CHITTY-1",
  "--b0undary",
  'Content-Disposition: form-data; name="file"; filename="a \\"b\\".txt"',
  "Content-Type: text/plain",
  "",
  "line\r\n--b0undar\r\n\r\n--not the end",
  "--b0undary",
  'content-disposition: form-data; name="empty"',
  "",
  "",
  "--b0undary--",
  "epilogue",
].join("\r\n");

async function* inPieces(text: string, size: number): AsyncGenerator<Uint8Array, void> {
  const bytes = new TextEncoder().encode(text);
  for (let start = 0; start < bytes.length; start += size) {
    await Promise.resolve();
    yield bytes.subarray(start, start + size);
  }
}

async function read(text: string, size = 1000): Promise<Read[]> {
  const found = [];
  for await (const part of formParts(inPieces(text, size), "b0undary")) {
    const { name, filename, contentType } = part;
    found.push({ name, filename, contentType, text: await partText(part, 1000) });
  }
  return found;
}

const EXPECTED: Read[] = [
  { name: "chittyId", filename: undefined, contentType: undefined, text: "CHITTY-1" },
  {
    name: "file",
    filename: 'a "b".txt',
    contentType: "text/plain",
    text: "line\r\n--b0undar\r\n\r\n--not the end",
  },
  { name: "empty", filename: undefined, contentType: undefined, text: "" },
];

describe("formParts", () => {
  it.each([1, 2, 3, 5, 7, 11, 64, 1000])("reads a form that comes %i bytes at a time", async (size) => {
    expect(await read(FORM, size)).toEqual(EXPECTED);
  });

  it("skips the part that nobody reads", async () => {
    const names = [];
    for await (const part of formParts(inPieces(FORM, 9), "b0undary")) names.push(part.name);

    expect(names).toEqual(["chittyId", "file", "empty"]);
  });

  it.each([
    ["nothing", ""],
    ["another boundary", FORM.replaceAll("b0undary", "other")],
    ["a form without its end", FORM.slice(0, -30)],
    ["a part without a name", FORM.replace('name="chittyId"', "")],
    ["headers without an end", `--b0undary\r\n${"x".repeat(9000)}\r\n\r\n--b0undary--`],
  ])("refuses %s", async (_, text) => {
    await expect(read(text)).rejects.toMatchObject({ status: 400, code: "invalid_request" });
  });

  it("refuses more parts than a form needs", async () => {
    const part = '--b0undary\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n';

    await expect(read(`${part.repeat(33)}--b0undary--`)).rejects.toThrow("at most 32 fields");
  });

  it("refuses a field that is too long", async () => {
    const parts = formParts(inPieces(FORM, 9), "b0undary");
    const { value } = await parts.next();
    if (value === undefined) throw new Error("no part");

    await expect(partText(value, 3)).rejects.toThrow("chittyId must be at most 3 bytes");
  });
});

describe("formBoundary", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; charset=utf-8; boundary="a b"', "a b"],
  ])("finds it in %s", (header, expected) => {
    expect(formBoundary(header)).toBe(expected);
  });

  it.each([null, "application/json", "multipart/form-data"])("refuses %s", (header) => {
    expect(() => formBoundary(header)).toThrow("Content-Type must be");
  });
});
