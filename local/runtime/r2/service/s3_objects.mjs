// Operations of the S3 API on objects.

/** @import { BucketCall } from "./s3.mjs" */
/** @import { StoredObject } from "./schema.mjs" */

import * as checksums from "./checksums.mjs";
import * as chunked from "./chunked.mjs";
import * as conditions from "./conditions.mjs";
import * as content from "./content.mjs";
import { R2Error } from "./errors.mjs";
import { httpOf } from "./http.mjs";
import { Objects } from "./objects.mjs";
import { classFromHeader, s3ClassOf } from "./limits.mjs";
import { answer, inner, textOf } from "./xml.mjs";

const META = "x-amz-meta-";
const HEX_DIGEST = /^[0-9a-f]{64}$/;
const OVERRIDES = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];
const UNSUPPORTED = ["acl", "tagging", "torrent", "retention", "legal-hold", "attributes", "select", "restore"];

/**
 * Answer a request to an object.
 * @param {BucketCall} call
 */
export function serve(call) {
  const { request, query } = call;
  const unsupported = UNSUPPORTED.find((name) => query.has(name));
  if (unsupported !== undefined) throw new R2Error("NotImplemented", `not emulated: ${unsupported} of an object`);
  const subject = query.has("uploadId") ? "upload" : query.has("uploads") ? "uploads" : "object";
  const operation = OPERATIONS[`${request.method} ${subject}`];
  if (operation === undefined) throw new R2Error("MethodNotAllowed");
  return operation(call);
}

/** @type {Record<string, (call: BucketCall) => Promise<Response>>} */
const OPERATIONS = {
  "GET object": get,
  "HEAD object": get,
  "PUT object": (call) => (call.request.headers.has("x-amz-copy-source") ? copy(call) : put(call)),
  "DELETE object": remove,
  "POST uploads": createUpload,
  "PUT upload": (call) => (call.request.headers.has("x-amz-copy-source") ? copyPart(call) : uploadPart(call)),
  "GET upload": listParts,
  "POST upload": completeUpload,
  "DELETE upload": abortUpload,
};

/** @param {BucketCall} call */
function get({ request, query, objects, key }) {
  return content.answer(objects, key, request, (object) => ({ ...metaHeaders(object), ...overrides(query) }));
}

/** @param {StoredObject} object */
function metaHeaders({ custom, storageClass, version }) {
  /** @type {Record<string, string>} */
  const headers = { "x-amz-storage-class": s3ClassOf(storageClass), "x-amz-version-id": version };
  for (const [name, value] of Object.entries(custom)) headers[META + name] = value;
  return headers;
}

/**
 * The headers that the query puts in the place of the object's own.
 * @param {URLSearchParams} query
 */
function overrides(query) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const name of OVERRIDES) {
    const value = query.get(`response-${name}`);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

/** @param {BucketCall} call */
async function put(call) {
  const { request, objects, key } = call;
  const { body, options, answer: confirmed } = received(call);
  const onlyIf = conditions.fromHeaders(request.headers);
  const object = await objects.put(key, body, { ...options, ...metadataOf(request.headers), onlyIf });
  return new Response(null, { headers: { etag: `"${object.etag}"`, "x-amz-version-id": object.version, ...confirmed() } });
}

/**
 * The body of a request with what is known of it: its size, and how to tell that it is whole.
 * @param {BucketCall} call
 */
function received({ request, signed: { payload, chain } }) {
  const { headers } = request;
  /** @type {Map<string, string>} */
  const trailers = new Map();
  const isChunked = chunked.isChunked(payload);
  const sent = request.body ?? new Blob([]).stream();
  const raw = isChunked ? chunked.decode(sent, payload, chain, trailers) : request.body;
  const { expected, body, verify, answer: confirmed } = checksums.stated(headers, raw, trailers);
  if (HEX_DIGEST.test(payload)) expected.sha256 = payload;
  const size = sizeOf(headers, isChunked);
  return { body, options: { size, expected, verify }, answer: confirmed };
}

/**
 * @param {Headers} headers
 * @param {boolean} isChunked
 */
function sizeOf(headers, isChunked) {
  const given = headers.get(isChunked ? "x-amz-decoded-content-length" : "content-length");
  const size = Number(given ?? Number.NaN);
  if (!Number.isInteger(size) || size < 0) throw new R2Error("MissingContentLength");
  return size;
}

/** @param {Headers} headers */
function metadataOf(headers) {
  const named = [...headers].filter(([name]) => name.startsWith(META));
  const custom = Object.fromEntries(named.map(([name, value]) => [name.slice(META.length), value]));
  const { contentEncoding = "", ...http } = httpOf(headers);
  const encodings = contentEncoding.split(",").map((each) => each.trim());
  const kept = encodings.filter((each) => each !== "aws-chunked").join(", ");
  return {
    http: kept === "" ? http : { ...http, contentEncoding: kept },
    custom,
    storageClass: classFromHeader(headers),
  };
}

/** @param {BucketCall} call */
async function remove({ objects, key }) {
  await objects.delete([key]);
  return new Response(null, { status: 204 });
}

/** @param {BucketCall} call */
async function copy({ request, objects, key }) {
  const { source, from } = await sourceOf(request.headers);
  const replaced = request.headers.get("x-amz-metadata-directive") === "REPLACE";
  const kept = { http: from.http, custom: from.custom, storageClass: classFromHeader(request.headers) };
  const object = await objects.copy(key, source, from, replaced ? metadataOf(request.headers) : kept);
  const LastModified = new Date(object.uploaded).toISOString();
  return answer("CopyObjectResult", { ETag: `"${object.etag}"`, LastModified });
}

/** @param {Headers} headers */
async function sourceOf(headers) {
  const named = headers.get("x-amz-copy-source") ?? "";
  const text = named.replace(/^\//, "").replace(/\?versionId=.*$/, "");
  const [bucket = "", ...rest] = decodeURIComponent(text).split("/");
  const source = Objects.named(bucket);
  const only = new Headers();
  for (const name of ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]) {
    const given = headers.get(`x-amz-copy-source-${name}`);
    if (given !== null) only.set(name, given);
  }
  return { source, from: await source.head(rest.join("/"), conditions.fromHeaders(only)) };
}

/** @param {BucketCall} call */
async function createUpload({ request, objects, bucket, key }) {
  const UploadId = await objects.createUpload(key, metadataOf(request.headers));
  return answer("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId });
}

/** @param {URLSearchParams} query */
const uploadOf = (query) => query.get("uploadId") ?? "";

/** @param {URLSearchParams} query */
const partNumber = (query) => Number(query.get("partNumber") ?? Number.NaN);

/** @param {BucketCall} call */
async function uploadPart(call) {
  const { query, objects, key } = call;
  const { body, options, answer: confirmed } = received(call);
  const part = await objects.uploadPart(key, uploadOf(query), partNumber(query), body, options);
  return new Response(null, { headers: { etag: `"${part.etag}"`, ...confirmed() } });
}

/** @param {BucketCall} call */
async function copyPart({ request, query, objects, key }) {
  const { source, from } = await sourceOf(request.headers);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("x-amz-copy-source-range") ?? "") ?? [];
  const offset = Number(first ?? 0);
  const range = { offset, length: last === undefined ? from.size : Number(last) - offset + 1 };
  if (range.offset + range.length > from.size) throw new R2Error("InvalidRange");
  const body = source.read(from, range);
  const options = { size: range.length };
  const part = await objects.uploadPart(key, uploadOf(query), partNumber(query), body, options);
  return answer("CopyPartResult", { ETag: `"${part.etag}"`, LastModified: new Date().toISOString() });
}

/** @param {BucketCall} call */
async function listParts({ query, objects, bucket, key }) {
  const UploadId = uploadOf(query);
  const { parts, storageClass } = await objects.listParts(key, UploadId);
  const Part = parts.map(({ number, etag, size, uploaded }) => ({
    PartNumber: number,
    LastModified: new Date(uploaded).toISOString(),
    ETag: `"${etag}"`,
    Size: size,
  }));
  const StorageClass = s3ClassOf(storageClass);
  return answer("ListPartsResult", { Bucket: bucket, Key: key, UploadId, StorageClass, IsTruncated: false, Part });
}

/** @param {BucketCall} call */
async function completeUpload({ request, query, objects, bucket, key }) {
  const text = await request.text();
  const parts = inner(text, "Part").map((each) => ({
    number: Number(textOf(each, "PartNumber")),
    etag: (textOf(each, "ETag") ?? "").replaceAll('"', ""),
  }));
  if (parts.length === 0) throw new R2Error("MalformedXML");
  const object = await objects.completeUpload(key, uploadOf(query), parts);
  const [Location] = request.url.split("?");
  return answer("CompleteMultipartUploadResult", { Location, Bucket: bucket, Key: key, ETag: `"${object.etag}"` });
}

/** @param {BucketCall} call */
async function abortUpload({ query, objects, key }) {
  await objects.abortUpload(key, uploadOf(query));
  return new Response(null, { status: 204 });
}
