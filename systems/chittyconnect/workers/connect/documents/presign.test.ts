import { beforeEach, describe, expect, it, vi } from "vitest";

import { check } from "#lib/schema";
import { stubRuntime } from "#lib/testing/runtime";
import type { Env } from "../env";
import { bytes, LibraryHarness, OWNER } from "./harness";
import {
  announcedUpload,
  confirm,
  PRESIGN,
  type PresignedUpload,
  type Presigner,
  presignDownload,
  presigner,
  presignUpload,
} from "./presign";

const ENV = {
  R2_S3_ENDPOINT: "https://account.r2.example/",
  R2_BUCKET_NAME: "bucket",
  R2_ACCESS_KEY_ID: "key-id",
  R2_SECRET_ACCESS_KEY: "canary-secret",
} as Env;
const BODY = { chittyId: OWNER, type: "scan", name: "s.png", contentType: "image/png", size: 5, expiresIn: 60 };
const DAY = 86_400;

let harness: LibraryHarness;
let signer: Presigner;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness();
  signer = presigner(ENV, () => harness.now);
});

async function begin(given: object, { library } = harness): Promise<PresignedUpload> {
  return presignUpload(library, signer, check(announcedUpload(library.limits.maxUploadBytes), given));
}

describe("a presigned download", () => {
  it("is signed for one object, for as long as asked", async () => {
    const row = { ...harness.pending(5), key: "chittyid/a b/ü.txt" };

    const { url, method, expiresAt } = await presignDownload(signer, row, { expiresIn: 60 });

    const parsed = new URL(url);
    expect(parsed.origin + parsed.pathname).toBe(
      "https://account.r2.example/bucket/chittyid/a%20b/%C3%BC.txt",
    );
    expect(parsed.searchParams.get("X-Amz-Expires")).toBe("60");
    expect(parsed.searchParams.get("X-Amz-Signature")).toMatch(/^[0-9a-f]{64}$/);
    expect(method).toBe("GET");
    expect(Date.parse(expiresAt)).toBe(harness.now + 60_000);
    expect(url).not.toContain("canary-secret");
  });

  it.each([0, 604_801, 1.5, "x"])("is not signed for %j seconds", (expiresIn) => {
    expect(() => check(PRESIGN, { expiresIn })).toThrow("expiresIn must be");
  });
});

describe("a presigned upload", () => {
  it("is reserved, put under temp/, and counts once confirmed", async () => {
    const begun = await begin(BODY);
    expect(new URL(begun.url).pathname).toBe(`/bucket/temp/presigned/${begun.id}`);
    expect(new URL(begun.url).searchParams.get("X-Amz-SignedHeaders")).toBe("content-length;content-type;host");
    expect(begun.headers).toEqual({ "Content-Type": "image/png", "Content-Length": "5" });
    expect(begun).toMatchObject({ method: "PUT", confirm: `/api/v1/documents/${begun.id}/confirm` });
    expect(await harness.used()).toEqual([5, 1]);

    await harness.bucket.put(`temp/presigned/${begun.id}`, bytes(5), {});
    const row = await confirm(harness.library, begun.id);

    expect(row).toMatchObject({ status: "stored", key: begun.key });
    expect(await confirm(harness.library, begun.id)).toEqual(row);
    expect(harness.keys()).toEqual([begun.key]);
  });

  it.each([
    ["contentType", { contentType: "text/html" }],
    ["size", { size: 6 }],
  ])("has another signature for another %s", async (_, other) => {
    vi.useFakeTimers({ now: harness.now });
    const id = "00000000-0000-4000-8000-000000000000";
    vi.spyOn(crypto, "randomUUID").mockReturnValueOnce(id).mockReturnValueOnce(id);
    const signature = async (body: object): Promise<string | null> => {
      const { url } = await begin({ ...BODY, ...body }, new LibraryHarness());
      return new URL(url).searchParams.get("X-Amz-Signature");
    };

    expect(await signature(other)).not.toBe(await signature({}));
    vi.useRealTimers();
  });

  it("can be confirmed before a rule of the bucket deletes it, even when put at once", async () => {
    const { id } = await begin({ ...BODY, expiresIn: 6 * DAY - 1 });

    const row = await harness.library.table.find(id);
    expect(Date.parse(row?.pendingUntil ?? "")).toBeLessThan(harness.now + 7 * DAY * 1000);
    await expect(begin({ ...BODY, expiresIn: 6 * DAY })).rejects.toThrow("expiresIn must be");
  });

  it("is not begun beyond the cap", async () => {
    const attempt = begin({ ...BODY, size: 51 });

    await expect(attempt).rejects.toThrow("size must be a whole number from 1 to 50");
  });

  it("confirms nothing that came in parts, nor what is unknown", async () => {
    const row = harness.pending(5, { uploadKey: "temp/x", uploadId: "u", partSize: 8 });
    await harness.library.table.reserve(row, harness.limits);

    await expect(confirm(harness.library, row.id)).rejects.toMatchObject({ status: 404 });
    await expect(confirm(harness.library, crypto.randomUUID())).rejects.toMatchObject({ status: 404 });
  });
});

describe("the presigner", () => {
  it("needs a key pair", () => {
    expect(() => presigner({ ...ENV, R2_SECRET_ACCESS_KEY: "" })).toThrow(expect.objectContaining({ status: 503 }) as Error);
  });

  it("needs an address", () => {
    expect(() => presigner({ ...ENV, R2_S3_ENDPOINT: "r2.example" })).toThrow("R2_S3_ENDPOINT");
  });
});
