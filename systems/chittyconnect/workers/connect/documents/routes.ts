import { readJson } from "#lib/body";
import { notFound, unavailable } from "#lib/errors";
import type { Json } from "#lib/json";
import { integer, optionalText, text } from "#lib/validate";
import { storageEnabled } from "../config";
import type { AppContext, Route } from "../route";
import { CHITTY_ID } from "../sessions/model";
import { download } from "./download";
import { uploadForm } from "./form";
import { openLibrary, type Library } from "./library";
import { archive, demand, remove } from "./lifecycle";
import { DOCUMENT_ID, publicDocument, type DocumentRow } from "./model";
import * as multipart from "./multipart";
import { confirm, presignDownload, presigner, presignUpload } from "./presign";
import { find, parseSearch } from "./search";

type Handler = (c: AppContext, library: Library) => Promise<Response>;

// A complete list of 10,000 parts fits.
const MAX_BODY_BYTES = 1024 * 1024;
const MAX_PART = { min: 1, max: 10_000 };

/** Everything under `/api/v1/documents`. What is fixed stands before what varies. */
export const DOCUMENT_ROUTES: readonly Route[] = [
  reading("GET", "", search),
  reading("GET", "/stats", stats),
  uploading("POST", "/upload", upload),
  uploading("POST", "/presign", presignedUpload),
  uploading("POST", "/multipart", beginMultipart),
  uploading("POST", "/multipart/:uploadId/complete", completeMultipart),
  uploading("PUT", "/multipart/:uploadId/:part", putPart),
  writing("DELETE", "/multipart/:uploadId", abortMultipart),
  reading("GET", "/:id", read),
  writing("DELETE", "/:id", erase),
  reading("GET", "/:id/content", content),
  reading("POST", "/:id/presign", presignedDownload),
  uploading("POST", "/:id/confirm", confirmUpload),
  uploading("POST", "/:id/archive", moveToArchive),
];

function reading(method: Route["method"], path: string, handler: Handler): Route {
  return route(method, path, "documents:read", handler);
}

function writing(method: Route["method"], path: string, handler: Handler): Route {
  return route(method, path, "documents:write", handler);
}

/** What brings objects into R2 stops with the flag; reads and deletes go on. */
function uploading(method: Route["method"], path: string, handler: Handler): Route {
  return writing(method, path, (c, library) => {
    if (storageEnabled(c.env)) return handler(c, library);
    throw unavailable("storage_disabled", "documents cannot be stored at present", 3600);
  });
}

function route(method: Route["method"], path: string, scope: Route["scope"], handler: Handler): Route {
  return { method, path: `/documents${path}`, scope, handle: (c) => handler(c, openLibrary(c.env)) };
}

async function search(c: AppContext, library: Library): Promise<Response> {
  return c.json(await find(library.table, parseSearch(new URL(c.req.url).searchParams)));
}

async function stats(c: AppContext, library: Library): Promise<Response> {
  const chittyId = optionalText(c.req.query("chittyId"), "chittyId", CHITTY_ID);
  const byType = await library.quotas.countByType(chittyId);
  const total = (field: "documents" | "bytes"): number =>
    byType.reduce((sum, each) => sum + each[field], 0);
  const counts = { documents: total("documents"), bytes: total("bytes"), byType };
  if (chittyId === undefined) return c.json(counts);
  return c.json({ chittyId, ...counts, quota: await library.quotas.read(chittyId) });
}

async function upload(c: AppContext, library: Library): Promise<Response> {
  return created(c, await uploadForm(library, c.req.raw));
}

async function presignedUpload(c: AppContext, library: Library): Promise<Response> {
  return c.json(await presignUpload(library, presigner(c.env), await body(c)), 201);
}

async function beginMultipart(c: AppContext, library: Library): Promise<Response> {
  return c.json(await multipart.begin(library, await body(c)), 201);
}

async function putPart(c: AppContext, library: Library): Promise<Response> {
  const number = integer(c.req.param("part"), "the part number", MAX_PART);
  const part = await multipart.putPart(library, uploadIdOf(c), number, c.req.raw);
  return c.json(part, 200, { ETag: `"${part.etag}"` });
}

async function completeMultipart(c: AppContext, library: Library): Promise<Response> {
  return created(c, await multipart.finish(library, uploadIdOf(c), await body(c)));
}

async function abortMultipart(c: AppContext, library: Library): Promise<Response> {
  await multipart.abort(library, uploadIdOf(c));
  return c.body(null, 204);
}

async function read(c: AppContext, library: Library): Promise<Response> {
  return c.json(publicDocument(await demand(library, idOf(c))));
}

async function erase(c: AppContext, library: Library): Promise<Response> {
  const row = await library.table.find(idOf(c));
  if (row === undefined) throw notFound("document");
  await remove(library, row);
  return c.body(null, 204);
}

async function content(c: AppContext, library: Library): Promise<Response> {
  return download(library, await demand(library, idOf(c)), c.req.raw);
}

async function presignedDownload(c: AppContext, library: Library): Promise<Response> {
  const row = await demand(library, idOf(c));
  return c.json(await presignDownload(presigner(c.env), row, await optionalBody(c)));
}

async function confirmUpload(c: AppContext, library: Library): Promise<Response> {
  return created(c, await confirm(library, idOf(c)));
}

async function moveToArchive(c: AppContext, library: Library): Promise<Response> {
  return c.json(publicDocument(await archive(library, await demand(library, idOf(c)))));
}

function created(c: AppContext, row: DocumentRow): Response {
  const headers = { Location: `/api/v1/documents/${row.id}`, ETag: `"${row.etag ?? ""}"` };
  return c.json(publicDocument(row), 201, headers);
}

function body(c: AppContext): Promise<Json> {
  return readJson(c.req.raw, MAX_BODY_BYTES);
}

async function optionalBody(c: AppContext): Promise<Json> {
  return c.req.raw.body === null ? {} : body(c);
}

function idOf(c: AppContext): string {
  return text(c.req.param("id"), "the document id", DOCUMENT_ID);
}

function uploadIdOf(c: AppContext): string {
  return text(c.req.param("uploadId"), "the upload id", DOCUMENT_ID);
}
