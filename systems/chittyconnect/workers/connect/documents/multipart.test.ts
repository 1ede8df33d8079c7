import { beforeEach, describe, expect, it, vi } from "vitest";

import { check } from "#lib/schema";
import { stubRuntime } from "#lib/testing/runtime";
import { bytes, LibraryHarness, OWNER } from "./harness";
import { releaseLapsed } from "./lifecycle";
import type { DocumentRow } from "./model";
import { abort, announcedInParts, begin, finish, PARTS, putPart, type MultipartUpload } from "./multipart";

const MIB = 1024 * 1024;
const SIZE = 8 * MIB + 5;
const ABSENT = "00000000-0000-4000-8000-000000000000";

let harness: LibraryHarness;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness({ quotaBytes: 200_000 * MIB, maxUploadBytes: 100_000 * MIB });
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});

function announce(size = SIZE): Promise<MultipartUpload> {
  const given = { chittyId: OWNER, type: "scan", name: "scan.bin", size };
  return begin(harness.library, check(announcedInParts(harness.limits.maxUploadBytes), given));
}

async function complete(upload: MultipartUpload, parts: unknown): Promise<DocumentRow> {
  return finish(harness.library, upload.uploadId, check(PARTS, { parts }));
}

function put(upload: MultipartUpload, number: number, size: number): Promise<R2UploadedPart> {
  const headers = { "Content-Length": String(size) };
  const body = bytes(size);
  const request = new Request("https://host/", { method: "PUT", headers, body });
  return putPart(harness.library, upload.uploadId, number, request);
}

async function putAll(upload: MultipartUpload): Promise<R2UploadedPart[]> {
  return [await put(upload, 1, upload.partSize), await put(upload, 2, SIZE - upload.partSize)];
}

describe("a multipart upload", () => {
  it("reserves its place, lies under temp/, and ends at its key", async () => {
    const upload = await announce();
    expect(upload).toMatchObject({ parts: 2, partSize: 8 * MIB, documentId: upload.uploadId });
    expect(await harness.used()).toEqual([SIZE, 1]);

    const parts = await putAll(upload);
    const row = await complete(upload, parts);

    expect(row).toMatchObject({ status: "stored", size: SIZE, key: upload.key });
    expect(harness.keys()).toEqual([upload.key]);
    expect(await complete(upload, [])).toEqual(row);
  });

  it("has parts large enough for the number R2 takes", async () => {
    const upload = await announce(100_000 * MIB);

    expect(upload.parts).toBeLessThanOrEqual(10_000);
    expect(upload.partSize % MIB).toBe(0);
  });

  it("is completed by asking again when R2 was out after assembling", async () => {
    const upload = await announce();
    const parts = await putAll(upload);
    harness.bucket.failing.add("get");
    await expect(complete(upload, parts)).rejects.toThrow("get is out");

    harness.bucket.failing.clear();

    expect(await complete(upload, parts)).toMatchObject({ status: "stored" });
  });

  it.each([
    [1, 5, "part 1 must be 8388608 bytes"],
    [2, 4, "part 2 must be 5 bytes"],
    [3, 5, "the part number must be at most 2"],
  ])("refuses part %i of %i bytes", async (number, size, message) => {
    const upload = await announce();

    await expect(put(upload, number, size)).rejects.toMatchObject({ status: 400, message });
  });

  it("refuses a part of unannounced size", async () => {
    const upload = await announce();
    const request = new Request("https://host/", { method: "PUT", body: "12345" });

    await expect(putPart(harness.library, upload.uploadId, 2, request)).rejects.toMatchObject({ status: 411 });
  });

  it.each([
    ["too few parts", (parts: R2UploadedPart[]) => parts.slice(1)],
    ["parts in another order", (parts: R2UploadedPart[]) => parts.toReversed()],
    ["no list", () => "parts"],
    ["a part without ETag", (parts: R2UploadedPart[]) => [parts[0], { partNumber: 2 }]],
    ["another ETag", (parts: R2UploadedPart[]) => [{ partNumber: 1, etag: "x" }, parts[1]]],
  ])("is not completed by %s", async (_, change) => {
    const upload = await announce();
    const parts = change(await putAll(upload));

    await expect(complete(upload, parts)).rejects.toMatchObject({ status: 400 });
    expect(harness.keys()).toEqual([]);
  });

  it("leaves nothing when given up, and cannot go on", async () => {
    const upload = await announce();
    await put(upload, 1, upload.partSize);

    await abort(harness.library, upload.uploadId);

    expect([await harness.used(), harness.bucket.uploads.size]).toEqual([[0, 0], 0]);
    await expect(put(upload, 1, upload.partSize)).rejects.toMatchObject({ status: 404 });
  });

  it("leaves nothing when it lapses", async () => {
    await announce();
    harness.now += 6 * 86_400_000;

    await releaseLapsed(harness.library);

    expect([await harness.used(), harness.bucket.uploads.size]).toEqual([[0, 0], 0]);
  });

  it("is not begun beyond the quota", async () => {
    harness = new LibraryHarness({ quotaBytes: 10, maxUploadBytes: SIZE });

    await expect(announce()).rejects.toMatchObject({ code: "quota_exceeded" });
    expect(harness.bucket.uploads.size).toBe(0);
  });

  it("is found by its id only", async () => {
    await expect(abort(harness.library, ABSENT)).rejects.toMatchObject({ code: "upload_not_found" });
  });
});
