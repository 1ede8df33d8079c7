import { requireOwner } from "#lib/bearer";
import { ApiError, notFound } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { announce } from "./events";
import type { Library } from "./library";
import { archiveKey, type DocumentRow } from "./model";
import type { ObjectFacts } from "./table";

const LAPSED_AT_ONCE = 20;

/**
 * Reserve place for *row*. 413 beyond the owner's quota, lapsed uploads not counted; 403 for an owner
 * whose documents are not taken.
 */
export async function reserve(library: Library, row: DocumentRow): Promise<void> {
  requireOwner(library.owners, row.chittyId);
  if (await library.table.reserve(row, library.limits)) return;
  const released = await releaseLapsed(library, row.chittyId);
  if (released > 0 && (await library.table.reserve(row, library.limits))) return;
  throw await quotaExceeded(library, row);
}

/**
 * Complete the pending *row* with the object that *put* puts at its key. After a failure neither
 * the reservation nor an object is left.
 */
export async function complete(
  library: Library,
  row: DocumentRow,
  put: () => Promise<ObjectFacts>,
): Promise<DocumentRow> {
  try {
    return await settle(library, row, await put());
  } catch (error) {
    await release(library, row);
    throw error;
  }
}

/**
 * Complete *row* with what was uploaded to its temporary key. 409 when nothing was, or when it is
 * not as large as announced, which ends the upload. After any other failure, ask again.
 *
 * *row* may be old: a document that somebody else completed meanwhile is the answer to every failure.
 */
export async function completeUploaded(library: Library, row: DocumentRow): Promise<DocumentRow> {
  try {
    return await settle(library, row, await takeUploaded(library, row));
  } catch (error) {
    const current = await library.table.find(row.id);
    if (current === undefined || current.status === "pending") throw error;
    return current;
  }
}

/** Give up the pending *row*, and whatever came of it so far. `false`: it is not pending any more. */
export async function release(library: Library, row: DocumentRow): Promise<boolean> {
  if (row.uploadId !== null) await abortMultipart(library, row);
  const keys = row.uploadKey === null ? [row.key] : [row.key, row.uploadKey];
  const isReleased = await library.table.remove(row, ["pending"]);
  if (!isReleased) await discardUnknown(library, row, keys);
  await library.garbage.sweep(keys);
  return isReleased;
}

/** Give up uploads whose time is over, of one owner or of all. Answers how many. */
export async function releaseLapsed(library: Library, chittyId?: string): Promise<number> {
  const rows = await library.table.lapsed(chittyId, LAPSED_AT_ONCE);
  for (const row of rows) await release(library, row);
  return rows.length;
}

/** Remove *row* and its object, and tell the queue; also when it was stored since it was read. */
export async function remove(library: Library, row: DocumentRow): Promise<void> {
  if (row.status === "pending" && (await release(library, row))) return;
  if (!(await library.table.remove(row, ["stored", "archived"]))) throw notFound("document");
  // It may have been archived since it was read.
  await sweepSoon(library, [row.key, archiveKey(row.key)]);
  await announce(library.events, "document.deleted", row);
}

/** Move *row* to `archive/`, where a rule of the bucket makes its storage cheaper. */
export async function archive(library: Library, row: DocumentRow): Promise<DocumentRow> {
  if (row.status === "archived") return row;
  const key = archiveKey(row.key);
  const copied = await library.objects.copy(row, row.key, key);
  if ("found" in copied || !(await library.table.archive(row, key, copied.etag))) {
    return archivedByAnother(library, row, key);
  }
  await sweepSoon(library, [row.key]);
  return demand(library, row.id);
}

/** The document *id*, once it is there. 404 when it is not, or only reserved. */
export async function demand(library: Library, id: string): Promise<DocumentRow> {
  const row = await library.table.find(id);
  if (row === undefined || row.status === "pending") throw notFound("document");
  return row;
}

async function takeUploaded(library: Library, row: DocumentRow): Promise<ObjectFacts> {
  const copied = await library.objects.copy(row, row.uploadKey ?? row.key, row.key);
  if (!("found" in copied)) return copied;
  if (copied.found === undefined) throw notUploaded();
  await release(library, row);
  throw sizeMismatch(row.size, copied.found);
}

async function settle(library: Library, row: DocumentRow, facts: ObjectFacts): Promise<DocumentRow> {
  if (!(await library.table.store(row.id, facts))) return settledByAnother(library, row);
  if (row.uploadKey !== null) await sweepSoon(library, [row.uploadKey]);
  await announce(library.events, "document.uploaded", row);
  return demand(library, row.id);
}

async function settledByAnother(library: Library, row: DocumentRow): Promise<DocumentRow> {
  const current = await library.table.find(row.id);
  if (current !== undefined) return current;
  await release(library, row);
  throw lapsed();
}

/** Objects that came after their reservation was gone are noted by nobody else. */
async function discardUnknown(library: Library, row: DocumentRow, keys: string[]): Promise<void> {
  const current = await library.table.find(row.id);
  if (current === undefined) await library.garbage.add(keys, library.now());
}

async function archivedByAnother(library: Library, row: DocumentRow, key: string): Promise<DocumentRow> {
  const current = await library.table.find(row.id);
  if (current?.key === key) return current;
  if (current === undefined) {
    await library.garbage.add([key], library.now());
    await sweepSoon(library, [key]);
  }
  throw notFound("document");
}

/** The note in D1 stays when R2 does not answer: the queue's consumer deletes later. */
async function sweepSoon(library: Library, keys: readonly string[]): Promise<void> {
  try {
    await library.garbage.sweep(keys);
  } catch (error) {
    log("warn", "garbage_left", { objects: keys.length, ...describeError(error) });
  }
}

async function abortMultipart(library: Library, row: DocumentRow): Promise<void> {
  try {
    await library.bucket.resumeMultipartUpload(row.uploadKey ?? "", row.uploadId ?? "").abort();
  } catch (error) {
    // Complete or aborted already; a rule of the bucket ends what is neither.
    log("info", "multipart_abort_failed", { documentId: row.id, ...describeError(error) });
  }
}

async function quotaExceeded(library: Library, row: DocumentRow): Promise<ApiError> {
  const { bytes, documents } = await library.quotas.read(row.chittyId);
  const message =
    `${row.size} bytes more are beyond the quota of ${row.chittyId}: ` +
    `${bytes.used} of ${bytes.limit} bytes, ${documents.used} of ${documents.limit} documents are used`;
  return new ApiError(413, "quota_exceeded", message);
}

function notUploaded(): ApiError {
  return new ApiError(409, "not_uploaded", "nothing has been uploaded for this document yet");
}

function sizeMismatch(announced: number, size: number): ApiError {
  const message = `${announced} bytes were announced, ${size} came; begin the upload again`;
  return new ApiError(409, "size_mismatch", message);
}

function lapsed(): ApiError {
  return new ApiError(409, "upload_lapsed", "the upload took too long and was given up, begin it again");
}
