import { beforeEach, describe, expect, it, vi } from "vitest";

import { sha256Hex } from "#lib/hash";
import { check } from "#lib/schema";
import { stubRuntime } from "#lib/testing/runtime";
import { download } from "./download";
import { bytes, LibraryHarness, OWNER } from "./harness";
import { archive, complete, completeUploaded, demand, remove, reserve } from "./lifecycle";
import type { DocumentRow } from "./model";
import { abort, announcedInParts, begin, finish, putPart } from "./multipart";

const TEMPORARY = "temp/presigned/x";
const SWAPPED = new Uint8Array([9, 9, 9, 9, 9]);

let harness: LibraryHarness;

stubRuntime();

beforeEach(() => {
  harness = new LibraryHarness();
  for (const level of ["info", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => undefined);
});

/** A pending row, as somebody reads it before others go on, with its upload. */
async function uploaded(): Promise<DocumentRow> {
  const row = harness.pending(5, { uploadKey: TEMPORARY });
  await reserve(harness.library, row);
  await harness.bucket.put(TEMPORARY, bytes(5), {});
  return row;
}

async function stored(): Promise<DocumentRow> {
  const row = harness.pending(5);
  await reserve(harness.library, row);
  return complete(harness.library, row, () => harness.library.objects.put(row, bytes(5)));
}

async function inParts(): Promise<{ row: DocumentRow; parts: R2UploadedPart[] }> {
  const given = { chittyId: OWNER, type: "scan", name: "s.bin", size: 5 };
  const upload = await begin(harness.library, check(announcedInParts(5), given));
  const sent = { method: "PUT", headers: { "Content-Length": "5" }, body: bytes(5) };
  const part = await putPart(harness.library, upload.uploadId, 1, new Request("https://host/", sent));
  const row = await harness.library.table.find(upload.uploadId);
  if (row === undefined) throw new Error("not reserved");
  return { row, parts: [part] };
}

/** Have the next reader of the row get *row*, which is old by now. */
function read(row: DocumentRow): void {
  vi.spyOn(harness.library.table, "find").mockResolvedValueOnce(row);
}

describe("what is written to the address during a confirm", () => {
  it("is not taken when it has another size", async () => {
    const row = await uploaded();
    const get = harness.bucket.get.bind(harness.bucket);
    vi.spyOn(harness.bucket, "get").mockImplementationOnce(async (...given) => {
      await harness.bucket.put(TEMPORARY, bytes(5000), {});
      return get(...given);
    });

    await expect(completeUploaded(harness.library, row)).rejects.toMatchObject({ code: "size_mismatch" });

    expect([await harness.used(), harness.keys()]).toEqual([[0, 0], []]);
  });

  it("does not replace what was confirmed, for whoever read the row before", async () => {
    const row = await uploaded();
    const first = await completeUploaded(harness.library, row);
    await harness.bucket.put(TEMPORARY, SWAPPED, {});

    expect(await completeUploaded(harness.library, row)).toEqual(first);

    expect(await harness.digest(row.key)).toBe(await sha256Hex(bytes(5)));
    expect(first.sha256).toBe(await harness.digest(row.key));
  });

  it("does not end what was confirmed", async () => {
    const row = await uploaded();
    const first = await completeUploaded(harness.library, row);
    await harness.bucket.put(TEMPORARY, bytes(6), {});

    expect(await completeUploaded(harness.library, row)).toEqual(first);
    expect(await harness.used()).toEqual([5, 1]);
  });

  it("is described as it lies there when a confirm died between R2 and D1", async () => {
    const row = await uploaded();
    vi.spyOn(harness.library.table, "store").mockRejectedValueOnce(new Error("died"));
    await expect(completeUploaded(harness.library, row)).rejects.toThrow("died");
    await harness.bucket.put(TEMPORARY, SWAPPED, {});

    const document = await completeUploaded(harness.library, row);

    expect(document).toMatchObject({ status: "stored", sha256: await sha256Hex(bytes(5)) });
    expect(await harness.digest(row.key)).toBe(document.sha256);
  });
});

describe("asking again gives the same answer", () => {
  it("to a confirm that read the row before another finished", async () => {
    const row = await uploaded();
    const first = await completeUploaded(harness.library, row);

    expect(await completeUploaded(harness.library, row)).toEqual(first);
    expect(harness.events).toHaveLength(1);
  });

  it("to a complete that read the row before another finished", async () => {
    const { row, parts } = await inParts();
    const first = await finish(harness.library, row.id, { parts });
    read(row);

    expect(await finish(harness.library, row.id, { parts })).toEqual(first);
  });

  it("to completes at once", async () => {
    const { row, parts } = await inParts();

    const both = await Promise.all([1, 2].map(() => finish(harness.library, row.id, { parts })));

    expect(both[0]).toEqual(both[1]);
    expect(both[0]?.status).toBe("stored");
  });

  it("to an archiving that read the row before another finished", async () => {
    const row = await stored();
    const first = await archive(harness.library, row);

    expect(await archive(harness.library, row)).toEqual(first);
    expect(harness.keys()).toEqual([first.key]);
  });

  it("to an archiving after one that died between R2 and D1", async () => {
    const row = await stored();
    vi.spyOn(harness.library.table, "archive").mockRejectedValueOnce(new Error("died"));
    await expect(archive(harness.library, row)).rejects.toThrow("died");

    expect(await archive(harness.library, row)).toMatchObject({ status: "archived", etag: row.etag });
    expect(harness.keys()).toEqual([`archive/${row.key}`]);
  });

  it("to a download that read the row before it was archived", async () => {
    const row = await stored();
    await archive(harness.library, row);

    const response = await download(harness.library, row, new Request("https://host/"));

    expect([response.status, response.headers.get("ETag")]).toEqual([200, `"${row.etag ?? ""}"`]);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes(5));
  });
});

describe("a document", () => {
  it("is removed by who read it as pending", async () => {
    const row = await uploaded();
    await completeUploaded(harness.library, row);

    await remove(harness.library, row);

    expect([await harness.used(), harness.keys()]).toEqual([[0, 0], []]);
    expect(harness.events.at(-1)).toMatchObject({ type: "document.deleted" });
    await expect(remove(harness.library, row)).rejects.toMatchObject({ status: 404 });
  });

  it("is removed from where it lies by who read it before it was archived", async () => {
    const row = await stored();
    await archive(harness.library, row);

    await remove(harness.library, row);

    expect(harness.keys()).toEqual([]);
  });

  it("that lost its object is 404 to an archiving, and stays", async () => {
    const row = await stored();
    harness.bucket.objects.clear();

    await expect(archive(harness.library, row)).rejects.toMatchObject({ status: 404 });
    expect(await demand(harness.library, row.id)).toEqual(row);
  });

  it("is not given up by who read its upload as pending", async () => {
    const { row, parts } = await inParts();
    const document = await finish(harness.library, row.id, { parts });
    read(row);

    await expect(abort(harness.library, row.id)).rejects.toMatchObject({ code: "upload_not_found" });
    expect(await demand(harness.library, row.id)).toEqual(document);
  });
});
