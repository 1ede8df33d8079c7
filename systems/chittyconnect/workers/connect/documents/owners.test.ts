import { beforeEach, describe, expect, it, vi } from "vitest";

import { check } from "#lib/schema";
import { stubRuntime } from "#lib/testing/runtime";
import { uploadForm } from "./form";
import { bytes, LibraryHarness, OWNER } from "./harness";
import type { Library } from "./library";
import { complete, demand, releaseLapsed, reserve } from "./lifecycle";
import type { DocumentRow } from "./model";
import { abort, announcedInParts, begin, finish, putPart } from "./multipart";
import { announcedUpload, confirm, presigner, presignUpload } from "./presign";
import { QuotaTable } from "./quota";
import { find, SEARCH } from "./search";
import { DocumentTable } from "./table";

const NOT_FOUND = { status: 404 };
const GIVEN = { chittyId: OWNER, type: "scan", name: "s.bin", size: 5 };
const SIGNING = {
  R2_S3_ENDPOINT: "https://account.r2.example",
  R2_BUCKET_NAME: "bucket",
  R2_ACCESS_KEY_ID: "id",
  R2_SECRET_ACCESS_KEY: "key",
} as never;

let harness: LibraryHarness;
let others: Library;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness();
  others = bound(["CHITTY-2"]);
  vi.spyOn(console, "info").mockImplementation(() => undefined);
});

/** The same library, for those who may act for *owners*. */
function bound(owners: string[]): Library {
  const { library, db, limits } = harness;
  const table = new DocumentTable(db.binding, owners, library.now);
  const quotas = new QuotaTable(db.binding, limits, owners, library.now);
  return { ...library, owners, table, quotas };
}

async function stored(): Promise<DocumentRow> {
  const row = harness.pending(5);
  await reserve(harness.library, row);
  return complete(harness.library, row, () => harness.library.objects.put(row, bytes(5)));
}

describe("a token that is bound to others", () => {
  it("finds no document", async () => {
    const row = await stored();

    await expect(demand(others, row.id)).rejects.toMatchObject(NOT_FOUND);
    expect(await find(others.table, check(SEARCH, {}))).toEqual({ documents: [], cursor: null });
    expect(await find(others.table, check(SEARCH, { chittyId: OWNER }))).toEqual({ documents: [], cursor: null });
    expect(await others.quotas.countByType(undefined)).toEqual([]);
    expect(await demand(bound(["CHITTY-2", OWNER]), row.id)).toEqual(row);
    expect(await bound([OWNER]).quotas.countByType(undefined)).toEqual([{ type: "note", documents: 1, bytes: 5 }]);
  });

  it("neither puts, completes nor gives up an upload in parts", async () => {
    const { uploadId } = await begin(harness.library, check(announcedInParts(50), GIVEN));
    const part = { method: "PUT", headers: { "Content-Length": "5" }, body: bytes(5) };

    const attempts = [
      () => putPart(others, uploadId, 1, new Request("https://host/", part)),
      () => finish(others, uploadId, { parts: [{ partNumber: 1, etag: "e" }] }),
      () => abort(others, uploadId),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(NOT_FOUND);

    await putPart(bound([OWNER]), uploadId, 1, new Request("https://host/", part));
    await abort(bound([OWNER]), uploadId);
  });

  it("confirms nothing", async () => {
    const signer = presigner(SIGNING, harness.library.now);
    const { id } = await presignUpload(harness.library, signer, check(announcedUpload(50), GIVEN));
    await harness.bucket.put(`temp/presigned/${id}`, bytes(5), {});

    await expect(confirm(others, id)).rejects.toMatchObject(NOT_FOUND);
    expect(await confirm(bound([OWNER]), id)).toMatchObject({ status: "stored" });
  });

  it("stores nothing for the owner, and leaves nothing", async () => {
    const signer = presigner(SIGNING, harness.library.now);
    const form = new FormData();
    for (const [name, value] of Object.entries({ chittyId: OWNER, type: "note" })) form.set(name, value);
    form.set("file", new File([bytes(6)], "a.txt"));
    const attempts = [
      () => uploadForm(others, new Request("https://host/", { method: "POST", body: form })),
      () => begin(others, check(announcedInParts(50), GIVEN)),
      () => presignUpload(others, signer, check(announcedUpload(50), GIVEN)),
    ];

    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({ status: 403, code: "owner_not_allowed" });
    }

    expect([harness.keys(), harness.bucket.uploads.size, harness.count("documents")]).toEqual([[], 0, 0]);
  });
});

it("what has lapsed is given up for everybody by the queue's consumer", async () => {
  await reserve(harness.library, harness.pending(5));
  harness.now += 3_600_000;

  expect(await releaseLapsed(harness.library)).toBe(1);
});
