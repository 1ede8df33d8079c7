import { ApiError, notFound } from "#lib/errors";
import { contentRange, parseRange, type ByteRange } from "#lib/range";
import { contentDisposition } from "./disposition";
import type { Library } from "./library";
import { demand } from "./lifecycle";
import type { DocumentRow } from "./model";

/**
 * The content of *row*, or the part of it that *request* asks for: 200, 206, 304, 412 or 416.
 *
 * It is always sent to be saved, never to be shown: what somebody uploaded must not act in the
 * name of this host.
 */
export async function download(library: Library, row: DocumentRow, request: Request): Promise<Response> {
  const response = await answer(library.bucket, row, request);
  if (response !== undefined) return response;
  const current = await demand(library, row.id);
  // Archived since the row was read: the object lies elsewhere.
  const moved = current.key === row.key ? undefined : await answer(library.bucket, current, request);
  if (moved === undefined) throw notFound("document");
  return moved;
}

/** `undefined`: there is no object where *row* says. */
async function answer(bucket: R2Bucket, row: DocumentRow, request: Request): Promise<Response | undefined> {
  const headers = contentHeaders(row);
  const etag = `"${row.etag ?? ""}"`;
  const condition = precondition(request.headers, etag);
  if (condition === 412) throw new ApiError(412, "precondition_failed", "the document has another ETag");
  if (condition === 304) return new Response(null, { status: 304, headers });
  const range = wantedRange(request.headers, etag, row.size);
  const object = await bucket.get(row.key, range === undefined ? {} : { range });
  if (object === null) return undefined;
  return range === undefined ? whole(object, headers, row) : part(object, headers, row, range);
}

function contentHeaders(row: DocumentRow): Headers {
  return new Headers({
    "Accept-Ranges": "bytes",
    // With its ETag, who keeps a copy of their own asks whether it is still the document.
    "Cache-Control": "private, no-store",
    "Content-Disposition": contentDisposition(row.name),
    "Content-Type": row.contentType,
    ETag: `"${row.etag ?? ""}"`,
    "Last-Modified": new Date(row.createdAt).toUTCString(),
  });
}

function whole(object: R2ObjectBody, headers: Headers, row: DocumentRow): Response {
  headers.set("Content-Length", String(row.size));
  return new Response(object.body, { headers });
}

function part(object: R2ObjectBody, headers: Headers, row: DocumentRow, range: ByteRange): Response {
  headers.set("Content-Length", String(range.length));
  headers.set("Content-Range", contentRange(range, row.size));
  return new Response(object.body, { status: 206, headers });
}

function precondition(headers: Headers, etag: string): 304 | 412 | undefined {
  const match = headers.get("If-Match");
  if (match !== null && !names(match, etag)) return 412;
  const noneMatch = headers.get("If-None-Match");
  return noneMatch !== null && names(noneMatch, etag) ? 304 : undefined;
}

function wantedRange(headers: Headers, etag: string, size: number): ByteRange | undefined {
  const condition = headers.get("If-Range");
  const isCurrent = condition === null || condition === etag;
  return isCurrent ? parseRange(headers.get("Range"), size) : undefined;
}

function names(list: string, etag: string): boolean {
  return list.split(",").some((each) => ["*", etag, `W/${etag}`].includes(each.trim()));
}
