import { beforeEach, describe, expect, it, vi } from "vitest";

import { sha256Hex } from "#lib/hash";
import { stubRuntime } from "#lib/testing/runtime";
import { uploadForm } from "./form";
import { bytes, LibraryHarness, OWNER } from "./harness";
import { PART_BYTES } from "./spool";

const LARGE = 2 * PART_BYTES + 17;

let harness: LibraryHarness;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness({ quotaBytes: 4 * LARGE, maxUploadBytes: LARGE });
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});

type Fields = Record<string, string | Blob>;

function request(fields: Fields): Request {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return new Request("https://host/", { method: "POST", body: form });
}

function file(size: number, name = "a.txt"): File {
  return new File([bytes(size)], name, { type: "text/plain" });
}

const GIVEN: Fields = { chittyId: OWNER, type: "note", file: file(3) };

describe("uploadForm", () => {
  it("stores a small file directly", async () => {
    const row = await uploadForm(harness.library, request({ ...GIVEN, metadata: '{"case": "7"}' }));

    expect(row).toMatchObject({ name: "a.txt", contentType: "text/plain", size: 3, metadata: { case: "7" } });
    expect(harness.keys()).toEqual([`chittyid/${OWNER}/${row.id}/a.txt`]);
    expect(harness.bucket.uploads.size).toBe(0);
  });

  it("takes the fields in any order, and an empty file", async () => {
    const row = await uploadForm(harness.library, request({ file: file(0), type: "note", chittyId: OWNER }));

    expect(row).toMatchObject({ chittyId: OWNER, size: 0 });
  });

  it.each([PART_BYTES, PART_BYTES + 1, LARGE])("stores %i bytes, and nothing stays under temp/", async (size) => {
    const row = await uploadForm(harness.library, request({ ...GIVEN, file: file(size) }));

    expect(await harness.digest(row.key)).toBe(await sha256Hex(bytes(size)));
    expect(row.sha256).toBe(await sha256Hex(bytes(size)));
    expect(harness.keys()).toEqual([row.key]);
    expect(harness.bucket.uploads.size).toBe(0);
  });

  it("makes a harmless key of any name", async () => {
    const row = await uploadForm(harness.library, request({ ...GIVEN, name: "../../etc/ü ber?#.txt" }));

    expect(row.name).toBe("ü ber?#.txt");
    expect(row.key).toBe(`chittyid/${OWNER}/${row.id}/_ber_.txt`);
  });

  it.each<[string, Fields, object]>([
    ["without a file", { chittyId: OWNER, type: "note" }, { code: "invalid_request" }],
    ["without an owner", { type: "note", file: file(3) }, { message: expect.stringMatching(/^chittyId/) as string }],
    ["with an owner that leads elsewhere", { ...GIVEN, chittyId: "../x" }, { status: 400 }],
    ["without a type", { chittyId: OWNER, file: file(LARGE) }, { message: expect.stringMatching(/^type/) as string }],
    ["with metadata that is no JSON", { ...GIVEN, metadata: "{" }, { message: "metadata must be JSON" }],
    ["with metadata that is no text", { ...GIVEN, metadata: '{"a": 1}' }, { status: 400 }],
    ["with a file of another name", { ...GIVEN, other: file(1) }, { status: 400 }],
    ["above the cap", { ...GIVEN, file: file(LARGE + 1) }, { status: 413, code: "document_too_large" }],
  ])("refuses a form %s, and keeps nothing of it", async (_, fields, expected) => {
    await expect(uploadForm(harness.library, request(fields))).rejects.toMatchObject(expected);

    expect(harness.keys()).toEqual([]);
    expect(harness.bucket.uploads.size).toBe(0);
    expect(await harness.used()).toEqual([0, 0]);
  });

  it("stores the document though its temporary object cannot be deleted", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    harness.bucket.failing.add("delete");

    const row = await uploadForm(harness.library, request({ ...GIVEN, file: file(LARGE) }));

    expect(row.status).toBe("stored");
  });

  it("keeps nothing beyond the quota", async () => {
    harness = new LibraryHarness({ quotaBytes: 10, maxUploadBytes: LARGE });

    const attempt = uploadForm(harness.library, request({ ...GIVEN, file: file(LARGE) }));

    await expect(attempt).rejects.toMatchObject({ code: "quota_exceeded" });
    expect(harness.keys()).toEqual([]);
  });

  it("refuses by the announced size before it reads", async () => {
    const headers = { "Content-Length": String(LARGE + 200_000), "Content-Type": "multipart/form-data; boundary=a" };
    const announced = new Request("https://host/", { method: "POST", body: "", headers });

    await expect(uploadForm(harness.library, announced)).rejects.toMatchObject({ status: 413 });
  });
});
