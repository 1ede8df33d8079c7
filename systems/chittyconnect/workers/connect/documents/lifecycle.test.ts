import { beforeEach, describe, expect, it, vi } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { bytes, LibraryHarness } from "./harness";
import { archive, complete, completeUploaded, demand, release, releaseLapsed, remove, reserve } from "./lifecycle";
import type { DocumentRow } from "./model";

const HOUR = 3_600_000;

let harness: LibraryHarness;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness();
  for (const level of ["info", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});

async function stored(size: number): Promise<DocumentRow> {
  const row = harness.pending(size);
  await reserve(harness.library, row);
  return complete(harness.library, row, () => harness.library.objects.put(row, bytes(size)));
}

async function uploaded(size: number, announced = size): Promise<DocumentRow> {
  const row = harness.pending(announced, { uploadKey: "temp/presigned/x" });
  await reserve(harness.library, row);
  await harness.bucket.put("temp/presigned/x", bytes(size), {});
  return row;
}

describe("reserve", () => {
  it("takes what the quota has, to the byte", async () => {
    await reserve(harness.library, harness.pending(99));
    await reserve(harness.library, harness.pending(1));

    expect(await harness.used()).toEqual([100, 2]);
  });

  it("refuses one byte more, and leaves nothing", async () => {
    await reserve(harness.library, harness.pending(99));

    await expect(reserve(harness.library, harness.pending(2))).rejects.toMatchObject({
      status: 413,
      code: "quota_exceeded",
      message: expect.stringContaining("99 of 100 bytes, 1 of 3 documents") as string,
    });
    expect(await harness.used()).toEqual([99, 1]);
    expect(harness.count("documents")).toBe(1);
  });

  it("refuses one document more", async () => {
    for (let count = 0; count < 3; count++) await reserve(harness.library, harness.pending(1));

    await expect(reserve(harness.library, harness.pending(1))).rejects.toMatchObject({ status: 413 });
  });

  it("never takes more, however many ask at once", async () => {
    const attempts = Array.from({ length: 10 }, () => reserve(harness.library, harness.pending(40)));

    const done = await Promise.allSettled(attempts);

    expect(done.filter(({ status }) => status === "fulfilled")).toHaveLength(2);
    expect(await harness.used()).toEqual([80, 2]);
  });

  it("minds an owner's own limit", async () => {
    await reserve(harness.library, harness.pending(1));
    harness.db.rows("UPDATE document_quotas SET bytes_limit = 10");

    await expect(reserve(harness.library, harness.pending(10))).rejects.toMatchObject({ status: 413 });
  });

  it("makes room of uploads that lapsed", async () => {
    await reserve(harness.library, harness.pending(90));
    harness.now += HOUR;

    await reserve(harness.library, harness.pending(90));

    expect(await harness.used()).toEqual([90, 1]);
  });
});

describe("complete", () => {
  it("stores the document and tells the queue", async () => {
    const row = await stored(5);

    expect(row).toMatchObject({ status: "stored", size: 5, pendingUntil: null });
    expect(row.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(harness.events).toMatchObject([{ type: "document.uploaded", documentId: row.id, size: 5 }]);
  });

  it("leaves nothing when R2 is out", async () => {
    const row = harness.pending(5);
    await reserve(harness.library, row);
    harness.bucket.failing.add("put");

    const attempt = complete(harness.library, row, () => harness.library.objects.put(row, bytes(5)));

    await expect(attempt).rejects.toThrow("put is out");
    expect(await harness.used()).toEqual([0, 0]);
    expect([harness.count("documents"), harness.count("document_garbage")]).toEqual([0, 0]);
  });

  it("leaves no object when the reservation lapsed meanwhile", async () => {
    const row = harness.pending(5);
    await reserve(harness.library, row);

    const attempt = complete(harness.library, row, async () => {
      harness.now += HOUR;
      await releaseLapsed(harness.library);
      return harness.library.objects.put(row, bytes(5));
    });

    await expect(attempt).rejects.toMatchObject({ status: 409, code: "upload_lapsed" });
    expect(harness.keys()).toEqual([]);
  });
});

describe("completeUploaded", () => {
  it("moves the upload to its place", async () => {
    const row = await completeUploaded(harness.library, await uploaded(5));

    expect(row).toMatchObject({ status: "stored", uploadKey: null });
    expect(harness.keys()).toEqual([row.key]);
    expect(harness.bucket.objects.get(row.key)?.bytes).toEqual(bytes(5));
    expect(harness.bucket.objects.get(row.key)?.options.httpMetadata).toMatchObject({
      contentDisposition: expect.stringMatching(/^attachment/) as string,
    });
  });

  it("waits for an upload that did not come yet", async () => {
    const row = harness.pending(5, { uploadKey: "temp/none" });
    await reserve(harness.library, row);

    await expect(completeUploaded(harness.library, row)).rejects.toMatchObject({ code: "not_uploaded" });
    expect(await harness.used()).toEqual([5, 1]);
  });

  it("ends an upload of another size", async () => {
    const attempt = completeUploaded(harness.library, await uploaded(6, 5));

    await expect(attempt).rejects.toMatchObject({ status: 409, code: "size_mismatch" });
    expect([await harness.used(), harness.keys()]).toEqual([[0, 0], []]);
  });

  it("keeps the upload when R2 is out for a moment", async () => {
    const row = await uploaded(5);
    harness.bucket.failing.add("put");
    await expect(completeUploaded(harness.library, row)).rejects.toThrow("put is out");

    harness.bucket.failing.clear();

    expect(await completeUploaded(harness.library, row)).toMatchObject({ status: "stored" });
  });

  it("leaves no object when the reservation lapses meanwhile", async () => {
    const row = await uploaded(5);
    const copy = harness.library.objects.copy.bind(harness.library.objects);
    vi.spyOn(harness.library.objects, "copy").mockImplementation(async (...given) => {
      harness.now += HOUR;
      const facts = await copy(...given);
      await releaseLapsed(harness.library);
      await harness.bucket.put(row.key, bytes(5), {});
      return facts;
    });

    await expect(completeUploaded(harness.library, row)).rejects.toMatchObject({ code: "upload_lapsed" });

    expect(harness.keys()).toEqual([]);
  });

  it("is the same when asked twice at once", async () => {
    const row = await uploaded(5);

    const both = await Promise.all([
      completeUploaded(harness.library, row),
      completeUploaded(harness.library, row),
    ]);

    expect(both.map((each) => each.status)).toEqual(["stored", "stored"]);
    expect(harness.events).toHaveLength(1);
    expect(harness.keys()).toEqual([row.key]);
    expect(await harness.used()).toEqual([5, 1]);
  });
});

describe("remove", () => {
  it("takes the document, its object and its place", async () => {
    const row = await stored(5);

    await remove(harness.library, row);

    expect([await harness.used(), harness.keys()]).toEqual([[0, 0], []]);
    expect(harness.count("document_metadata")).toBe(0);
    expect(harness.events.at(-1)).toMatchObject({ type: "document.deleted", documentId: row.id });
    await expect(demand(harness.library, row.id)).rejects.toMatchObject({ status: 404 });
  });

  it("counts once when asked twice at once", async () => {
    await stored(7);
    const row = await stored(5);

    const done = await Promise.allSettled([remove(harness.library, row), remove(harness.library, row)]);

    expect(done.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await harness.used()).toEqual([7, 1]);
  });

  it("notes the object when R2 is out, for the sweep to delete", async () => {
    const row = await stored(5);
    harness.bucket.failing.add("delete");
    await remove(harness.library, row);
    expect(harness.keys()).toEqual([row.key]);

    harness.bucket.failing.clear();
    await harness.library.garbage.sweep();

    expect([harness.keys(), harness.count("document_garbage")]).toEqual([[], 0]);
  });

  it("gives up a pending upload", async () => {
    await remove(harness.library, await uploaded(5));

    expect([await harness.used(), harness.keys()]).toEqual([[0, 0], []]);
  });
});

describe("archive", () => {
  it("moves the document, once", async () => {
    const row = await stored(5);

    const archived = await archive(harness.library, row);

    expect(archived).toMatchObject({ status: "archived", key: `archive/${row.key}` });
    expect(harness.keys()).toEqual([archived.key]);
    expect(await archive(harness.library, archived)).toEqual(archived);
  });

  it("is the same when asked twice at once", async () => {
    const row = await stored(5);

    const both = await Promise.all([archive(harness.library, row), archive(harness.library, row)]);

    expect(both[0]).toEqual(both[1]);
    expect(harness.keys()).toEqual([`archive/${row.key}`]);
  });

  it("leaves nothing of a document that was removed meanwhile", async () => {
    const row = await stored(5);
    const copy = harness.library.objects.copy.bind(harness.library.objects);
    vi.spyOn(harness.library.objects, "copy").mockImplementation(async (...given) => {
      const facts = await copy(...given);
      await remove(harness.library, row);
      return facts;
    });

    await expect(archive(harness.library, row)).rejects.toMatchObject({ status: 404 });

    expect(harness.keys()).toEqual([]);
  });
});

it("release never takes a document that is stored", async () => {
  const row = harness.pending(5);
  await reserve(harness.library, row);
  await complete(harness.library, row, () => harness.library.objects.put(row, bytes(5)));

  await release(harness.library, row);

  expect(harness.keys()).toEqual([row.key]);
  expect(await harness.used()).toEqual([5, 1]);
});
