import type { Operation } from "#lib/openapi";
import { DOCUMENT, FOUND, MULTIPART_UPLOAD, PART, PRESIGNED, PRESIGNED_UPLOAD, STATS } from "./answers";

const ONE = { documentId: "$DOCUMENT" };
const UPLOAD = { uploadId: "$UPLOAD" };
const NO_DOCUMENT = { 404: ["document_not_found"] };
const NO_UPLOAD = { 404: ["upload_not_found"] };
const OFF = { 503: ["storage_disabled"] };
const TAKEN = { ...OFF, 403: ["owner_not_allowed"], 413: ["quota_exceeded"] };
const ANNOUNCED = { chittyId: "CHITTY-1", type: "scan", name: "scan.bin" };

/** Everything under `/api/v1/documents`. */
export const DOCUMENT_OPERATIONS: Record<string, Operation> = {
  "GET /documents": {
    summary: "Return documents, newest first, page by page.",
    more: "Each word of `q` is looked for in name, type and values of the metadata; case does not matter.",
    answers: { 200: { what: "A page; `cursor` leads to the next, `null` says there is none", schema: FOUND } },
    refusals: { 403: ["owner_not_allowed"] },
    example: { query: { chittyId: "CHITTY-1", type: "note", q: "report 2026", limit: "50" } },
  },
  "GET /documents/stats": {
    summary: "Return how many documents there are, by type; with `chittyId` how far its quota is used, too.",
    answers: { 200: { what: "The numbers, sizes in bytes", schema: STATS } },
    refusals: { 403: ["owner_not_allowed"] },
    example: { query: { chittyId: "CHITTY-1" } },
  },
  "POST /documents/upload": {
    summary: "Store the file of a form.",
    answers: { 201: { what: "The document; `Location` is its address", schema: DOCUMENT } },
    refusals: { ...TAKEN, 413: ["document_too_large", "quota_exceeded"] },
    form: {
      file: { what: "The content", file: true },
      chittyId: { what: "Whose it is" },
      type: { what: "What kind of document it is" },
      name: { what: "Its name. Default: that of the file", optional: true },
      metadata: { what: "A JSON object of texts. Default: empty", optional: true },
    },
    example: {
      form: {
        file: "@report.txt;type=text/plain",
        chittyId: "CHITTY-1",
        type: "note",
        metadata: '{"case": "7"}',
      },
    },
  },
  "POST /documents/presign": {
    summary: "Reserve a document and return an address to PUT its content to, without a token.",
    more:
      "Send exactly the `headers` of the answer; they are signed. POST to `confirm` then. `expiresIn` is less than six " +
      "days, in seconds. Default: 900.",
    answers: { 201: { what: "Where to put the content", schema: PRESIGNED_UPLOAD } },
    refusals: { ...TAKEN, 503: ["presign_unavailable", "storage_disabled"] },
    example: { body: { ...ANNOUNCED, contentType: "image/png", size: 5, expiresIn: 900 } },
  },
  "POST /documents/multipart": {
    summary: "Begin an upload in parts. All have `partSize` bytes, but for the last.",
    more: "It stays open for six days.",
    answers: { 201: { what: "The upload", schema: MULTIPART_UPLOAD } },
    refusals: TAKEN,
    example: { body: { ...ANNOUNCED, size: 5 } },
  },
  "POST /documents/multipart/:uploadId/complete": {
    summary: "Complete an upload with all its parts, in order. Asking again is safe.",
    answers: { 201: { what: "The document", schema: DOCUMENT } },
    refusals: { ...OFF, ...NO_UPLOAD, 400: ["invalid_parts"], 409: ["not_uploaded", "size_mismatch", "upload_lapsed"] },
    example: { params: UPLOAD, body: { parts: [{ partNumber: 1, etag: "$ETAG" }] } },
  },
  "PUT /documents/multipart/:uploadId/:partNumber": {
    summary: "Store a part. Parts may come in any order, and again.",
    answers: { 200: { what: "The part; complete the upload with its `etag`", schema: PART } },
    refusals: { ...OFF, ...NO_UPLOAD, 411: ["length_required"] },
    example: { params: { ...UPLOAD, partNumber: "1" }, content: "part.bin" },
  },
  "DELETE /documents/multipart/:uploadId": {
    summary: "Give an upload up. Its quota is free again.",
    answers: { 204: { what: "It is given up" } },
    refusals: NO_UPLOAD,
    example: { params: UPLOAD },
  },
  "GET /documents/:documentId": {
    summary: "Return what is known of a document.",
    answers: { 200: { what: "The document", schema: DOCUMENT } },
    refusals: NO_DOCUMENT,
    example: { params: ONE },
  },
  "DELETE /documents/:documentId": {
    summary: "Delete a document and its content.",
    answers: { 204: { what: "It is gone" } },
    refusals: NO_DOCUMENT,
    example: { params: ONE },
  },
  "GET /documents/:documentId/content": {
    summary: "Return the content of a document, to be saved, never to be shown.",
    more: "`Range`, `If-Range`, `If-Match` and `If-None-Match` are honoured.",
    answers: {
      200: { what: "The content, in its own media type", contentType: "*/*" },
      206: { what: "The part of it that was asked for", contentType: "*/*" },
      304: { what: "It is what the caller has" },
    },
    refusals: { ...NO_DOCUMENT, 412: ["precondition_failed"], 416: ["range_not_satisfiable"] },
    example: { params: ONE, curl: "-H 'Range: bytes=0-9'" },
  },
  "POST /documents/:documentId/presign": {
    summary: "Return an address to GET the content from, without a token.",
    more: "`expiresIn` is a week at most, in seconds. Default: 900.",
    answers: { 200: { what: "The address", schema: PRESIGNED } },
    refusals: { ...NO_DOCUMENT, 503: ["presign_unavailable"] },
    example: { params: ONE, body: { expiresIn: 60 } },
  },
  "POST /documents/:documentId/confirm": {
    summary: "Have an upload to a presigned address count. Asking again is safe.",
    answers: { 201: { what: "The document", schema: DOCUMENT } },
    refusals: { ...OFF, ...NO_DOCUMENT, 409: ["not_uploaded", "size_mismatch", "upload_lapsed"] },
    example: { params: { documentId: "$PRESIGNED" } },
  },
  "POST /documents/:documentId/archive": {
    summary: "Move a document to cheaper storage. It is read as before.",
    answers: { 200: { what: "The document", schema: DOCUMENT } },
    refusals: { ...OFF, ...NO_DOCUMENT },
    example: { params: ONE },
  },
};
