import * as v from "valibot";

import { contentLength } from "#lib/body";
import { ApiError, invalid, notFound } from "#lib/errors";
import { object, parameters, text, wholeNumber, type Read } from "#lib/schema";
import { completeUploaded, release, reserve } from "./lifecycle";
import type { Library } from "./library";
import { announced, pendingRow, temporaryKey, type DocumentRow } from "./model";

const MIB = 1024 * 1024;
const MIN_PART = 8 * MIB;
const MAX_PARTS = 10_000;
// Shorter than the seven days after which a rule of the bucket aborts uploads.
const OPEN_FOR = 6 * 86_400_000;
const EXPECTED_PARTS = "the parts in order, each with partNumber and etag";
// R2's own codes: part too small, no such upload, no such part.
const BAD_PARTS = /\((?:10011|10024|10025|10048)\)/;

/** What is said of a document that comes in parts, *maxBytes* at most. */
export function announcedInParts(maxBytes: number) {
  return object(announced(maxBytes));
}

/** All parts of an upload, in their order. */
export const PARTS = object({
  parts: v.pipe(
    v.array(
      parameters({
        partNumber: wholeNumber(1, MAX_PARTS),
        etag: v.pipe(
          text(/^.{1,256}$/, "an ETag, as it was answered"),
          v.transform((etag) => etag.replace(/^"|"$/g, "")),
        ),
      }),
      EXPECTED_PARTS,
    ),
    v.check((parts) => parts.every((part, index) => part.partNumber === index + 1), EXPECTED_PARTS),
  ),
});

/** A document that comes in parts: all of *partSize* bytes, but for the last. */
export interface MultipartUpload {
  uploadId: string;
  documentId: string;
  key: string;
  partSize: number;
  parts: number;
  expiresAt: string;
}

/** Begin an upload in parts. Its place is reserved until it is complete, given up, or lapses. */
export async function begin(
  library: Library,
  given: Read<ReturnType<typeof announcedInParts>>,
): Promise<MultipartUpload> {
  const { size, ...description } = given;
  const now = library.now();
  const row = pendingRow(description, size, now, now + OPEN_FOR);
  const uploadKey = temporaryKey(`multipart/${row.id}`);
  const upload = await library.bucket.createMultipartUpload(uploadKey);
  const pending = { ...row, uploadKey, uploadId: upload.uploadId, partSize: partSizeFor(size) };
  await reserve(library, pending).catch(async (error: unknown) => {
    await upload.abort();
    throw error;
  });
  return describe(pending);
}

/** Store part *number* of the upload. Parts may come in any order, and again. */
export async function putPart(
  library: Library,
  uploadId: string,
  number: number,
  request: Request,
): Promise<R2UploadedPart> {
  const row = await pendingUpload(library, uploadId);
  const expected = sizeOfPart(row, number);
  const length = contentLength(request);
  if (length === undefined) throw new ApiError(411, "length_required", "a part needs Content-Length");
  if (length !== expected || request.body === null) throw invalid(`part ${number}`, `${expected} bytes`);
  return resume(library, row).uploadPart(number, request.body);
}

/** Complete the upload with its *parts*. Asking again after a failure is safe. */
export async function finish(
  library: Library,
  uploadId: string,
  { parts }: Read<typeof PARTS>,
): Promise<DocumentRow> {
  const row = await library.table.find(uploadId);
  if (row === undefined) throw notFound("upload");
  if (row.status !== "pending") return row;
  if (!isPendingUpload(row)) throw notFound("upload");
  if (parts.length !== countOf(row)) throw invalid("parts", `the ${countOf(row)} parts in order`);
  if (!(await isAssembled(library, row))) await assemble(library, row, parts);
  return completeUploaded(library, row);
}

/** Give the upload up. 404 when it is complete, or was given up. */
export async function abort(library: Library, uploadId: string): Promise<void> {
  if (!(await release(library, await pendingUpload(library, uploadId)))) throw notFound("upload");
}

type PendingUpload = DocumentRow & { uploadKey: string; uploadId: string; partSize: number };

async function pendingUpload(library: Library, uploadId: string): Promise<PendingUpload> {
  const row = await library.table.find(uploadId);
  if (row === undefined || !isPendingUpload(row)) throw notFound("upload");
  return row;
}

function isPendingUpload(row: DocumentRow): row is PendingUpload {
  return row.status === "pending" && row.uploadId !== null && row.partSize !== null;
}

function resume(library: Library, row: PendingUpload): R2MultipartUpload {
  return library.bucket.resumeMultipartUpload(row.uploadKey, row.uploadId);
}

async function assemble(library: Library, row: PendingUpload, parts: R2UploadedPart[]): Promise<void> {
  try {
    await resume(library, row).complete(parts);
  } catch (error) {
    if (!(error instanceof Error) || !BAD_PARTS.test(error.message)) throw error;
    if (await isDoneByAnother(library, row)) return;
    throw new ApiError(400, "invalid_parts", "the parts are not those that were uploaded");
  }
}

async function isAssembled(library: Library, row: PendingUpload): Promise<boolean> {
  return (await library.objects.size(row.uploadKey)) !== undefined;
}

/** The object goes after the row has changed: asked in this order, one of the two is seen. */
async function isDoneByAnother(library: Library, row: PendingUpload): Promise<boolean> {
  if (await isAssembled(library, row)) return true;
  const current = await library.table.find(row.id);
  return current !== undefined && current.status !== "pending";
}

function sizeOfPart(row: PendingUpload, number: number): number {
  const count = countOf(row);
  if (number > count) throw invalid("the part number", `at most ${count}`);
  return number < count ? row.partSize : row.size - (count - 1) * row.partSize;
}

function countOf(row: { size: number; partSize: number }): number {
  return Math.ceil(row.size / row.partSize);
}

function partSizeFor(size: number): number {
  return Math.max(MIN_PART, Math.ceil(size / MAX_PARTS / MIB) * MIB);
}

function describe(row: PendingUpload & { pendingUntil: string | null }): MultipartUpload {
  return {
    uploadId: row.id,
    documentId: row.id,
    key: row.key,
    partSize: row.partSize,
    parts: countOf(row),
    expiresAt: row.pendingUntil ?? "",
  };
}
