import * as v from "valibot";

import { requireOwner } from "#lib/bearer";
import { notFound, unavailable } from "#lib/errors";
import type { Body, Call } from "#lib/route";
import { parameters, wholeNumber, type Schema } from "#lib/schema";
import { documentLimits, storageEnabled } from "../config";
import type { Env } from "../env";
import { route, type AppContext } from "../route";
import { CHITTY_ID } from "../sessions/model";
import { download } from "./download";
import { uploadForm } from "./form";
import { openLibrary, type Library } from "./library";
import { archive, demand, remove } from "./lifecycle";
import { DOCUMENT_ID, publicDocument, type DocumentRow } from "./model";
import * as multipart from "./multipart";
import { announcedUpload, confirm, PRESIGN, presignDownload, presigner, presignUpload } from "./presign";
import { find, SEARCH } from "./search";

// A complete list of 10,000 parts fits.
const MAX_BODY_BYTES = 1024 * 1024;

const ONE = parameters({ documentId: DOCUMENT_ID });
const UPLOAD = parameters({ uploadId: DOCUMENT_ID });
const PART = parameters({ uploadId: DOCUMENT_ID, partNumber: wholeNumber(1, 10_000) });
const OWNER = parameters({ chittyId: v.optional(CHITTY_ID) });

const READING = { scope: "documents:read" } as const;
const WRITING = { scope: "documents:write" } as const;

type Any = Schema;
type OnOne<B extends Schema = Any> = Call<Env, typeof ONE, Any, B>;
type Announcing<S extends (maxBytes: number) => Schema> = Call<Env, Any, Any, ReturnType<S>>;
type Handler<P extends Schema, Q extends Schema, B extends Schema> = (
  call: Call<Env, P, Q, B>,
  library: Library,
) => Promise<Response>;

/** Everything under `/api/v1/documents`. What is fixed stands before what varies. */
export const DOCUMENT_ROUTES = [
  route({ ...READING, method: "GET", path: "/documents", query: SEARCH, handle: inLibrary(search) }),
  route({ ...READING, method: "GET", path: "/documents/stats", query: OWNER, handle: inLibrary(stats) }),
  route({ ...WRITING, method: "POST", path: "/documents/upload", handle: storing(upload) }),
  route({
    ...WRITING,
    method: "POST",
    path: "/documents/presign",
    body: json((env) => announcedUpload(documentLimits(env).maxUploadBytes)),
    handle: storing(presignedUpload),
  }),
  route({
    ...WRITING,
    method: "POST",
    path: "/documents/multipart",
    body: json((env) => multipart.announcedInParts(documentLimits(env).maxUploadBytes)),
    handle: storing(beginMultipart),
  }),
  route({
    ...WRITING,
    method: "POST",
    path: "/documents/multipart/:uploadId/complete",
    params: UPLOAD,
    body: json(() => multipart.PARTS),
    handle: storing(completeMultipart),
  }),
  route({
    ...WRITING,
    method: "PUT",
    path: "/documents/multipart/:uploadId/:partNumber",
    params: PART,
    handle: storing(putPart),
  }),
  route({
    ...WRITING,
    method: "DELETE",
    path: "/documents/multipart/:uploadId",
    params: UPLOAD,
    handle: inLibrary(abortMultipart),
  }),
  route({ ...READING, method: "GET", path: "/documents/:documentId", params: ONE, handle: inLibrary(read) }),
  route({ ...WRITING, method: "DELETE", path: "/documents/:documentId", params: ONE, handle: inLibrary(erase) }),
  route({
    ...READING,
    method: "GET",
    path: "/documents/:documentId/content",
    params: ONE,
    handle: inLibrary(content),
  }),
  route({
    ...READING,
    method: "POST",
    path: "/documents/:documentId/presign",
    params: ONE,
    body: { ...json(() => PRESIGN), optional: true },
    handle: inLibrary(presignedDownload),
  }),
  route({
    ...WRITING,
    method: "POST",
    path: "/documents/:documentId/confirm",
    params: ONE,
    handle: storing(confirmUpload),
  }),
  route({
    ...WRITING,
    method: "POST",
    path: "/documents/:documentId/archive",
    params: ONE,
    handle: storing(moveToArchive),
  }),
];

function json<S extends Schema>(schema: (env: Env) => S): Body<Env, S> {
  return { schema, limit: () => MAX_BODY_BYTES };
}

function inLibrary<P extends Schema, Q extends Schema, B extends Schema>(
  handler: Handler<P, Q, B>,
): (call: Call<Env, P, Q, B>) => Promise<Response> {
  return (call) => handler(call, openLibrary(call.env, call.principal.owners));
}

/** What brings objects into R2 stops with the flag; reads and deletes go on. */
function storing<P extends Schema, Q extends Schema, B extends Schema>(
  handler: Handler<P, Q, B>,
): (call: Call<Env, P, Q, B>) => Promise<Response> {
  return inLibrary((call, library) => {
    if (storageEnabled(call.env)) return handler(call, library);
    throw unavailable("storage_disabled", "documents cannot be stored at present", 3600);
  });
}

async function search(
  { c, query, principal }: Call<Env, Any, typeof SEARCH, Any>,
  { table }: Library,
): Promise<Response> {
  if (query.chittyId !== undefined) requireOwner(principal.owners, query.chittyId);
  return c.json(await find(table, query));
}

async function stats(
  { c, query, principal }: Call<Env, Any, typeof OWNER, Any>,
  { quotas }: Library,
): Promise<Response> {
  const { chittyId } = query;
  if (chittyId !== undefined) requireOwner(principal.owners, chittyId);
  const byType = await quotas.countByType(chittyId);
  const total = (field: "documents" | "bytes"): number =>
    byType.reduce((sum, each) => sum + each[field], 0);
  const counts = { documents: total("documents"), bytes: total("bytes"), byType };
  if (chittyId === undefined) return c.json(counts);
  return c.json({ chittyId, ...counts, quota: await quotas.read(chittyId) });
}

async function upload({ c }: Call<Env, Any, Any, Any>, library: Library): Promise<Response> {
  return created(c, await uploadForm(library, c.req.raw));
}

async function presignedUpload(call: Announcing<typeof announcedUpload>, library: Library): Promise<Response> {
  return call.c.json(await presignUpload(library, presigner(call.env), await call.body()), 201);
}

async function beginMultipart(
  call: Announcing<typeof multipart.announcedInParts>,
  library: Library,
): Promise<Response> {
  return call.c.json(await multipart.begin(library, await call.body()), 201);
}

async function putPart({ c, params }: Call<Env, typeof PART, Any, Any>, library: Library): Promise<Response> {
  const part = await multipart.putPart(library, params.uploadId, params.partNumber, c.req.raw);
  return c.json(part, 200, { ETag: `"${part.etag}"` });
}

async function completeMultipart(
  { c, params, body }: Call<Env, typeof UPLOAD, Any, typeof multipart.PARTS>,
  library: Library,
): Promise<Response> {
  return created(c, await multipart.finish(library, params.uploadId, await body()));
}

async function abortMultipart({ c, params }: Call<Env, typeof UPLOAD, Any, Any>, library: Library): Promise<Response> {
  await multipart.abort(library, params.uploadId);
  return c.body(null, 204);
}

async function read({ c, params }: OnOne, library: Library): Promise<Response> {
  return c.json(publicDocument(await demand(library, params.documentId)));
}

async function erase({ c, params }: OnOne, library: Library): Promise<Response> {
  const row = await library.table.find(params.documentId);
  if (row === undefined) throw notFound("document");
  await remove(library, row);
  return c.body(null, 204);
}

async function content({ c, params }: OnOne, library: Library): Promise<Response> {
  return download(library, await demand(library, params.documentId), c.req.raw);
}

async function presignedDownload({ c, env, params, body }: OnOne<typeof PRESIGN>, library: Library): Promise<Response> {
  const row = await demand(library, params.documentId);
  return c.json(await presignDownload(presigner(env), row, await body()));
}

async function confirmUpload({ c, params }: OnOne, library: Library): Promise<Response> {
  return created(c, await confirm(library, params.documentId));
}

async function moveToArchive({ c, params }: OnOne, library: Library): Promise<Response> {
  const document = await archive(library, await demand(library, params.documentId));
  return c.json(publicDocument(document));
}

function created(c: AppContext, row: DocumentRow): Response {
  const headers = { Location: `/api/v1/documents/${row.id}`, ETag: `"${row.etag ?? ""}"` };
  return c.json(publicDocument(row), 201, headers);
}
