// Operations of the S3 API on objects.

import * as checksums from "./checksums.mjs";
import * as chunked from "./chunked.mjs";
import * as conditions from "./conditions.mjs";
import * as content from "./content.mjs";
import { R2Error } from "./errors.mjs";
import { httpOf } from "./http.mjs";
import { Objects } from "./objects.mjs";
import { classFromHeader, s3ClassOf } from "./s3_classes.mjs";
import { answer, inner, textOf } from "./xml.mjs";

const META = "x-amz-meta-";
const HEX_DIGEST = /^[0-9a-f]{64}$/;
const OVERRIDES = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];
const UNSUPPORTED = ["acl", "tagging", "torrent", "retention", "legal-hold", "attributes", "select", "restore"];

/** Answer a request to an object. */
export function serve(call) {
  const { request, query } = call;
  const unsupported = UNSUPPORTED.find((name) => query.has(name));
  if (unsupported !== undefined) throw new R2Error("NotImplemented", `not emulated: ${unsupported} of an object`);
  const subject = query.has("uploadId") ? "upload" : query.has("uploads") ? "uploads" : "object";
  const operation = OPERATIONS[`${request.method} ${subject}`];
  if (operation === undefined) throw new R2Error("MethodNotAllowed");
  return operation(call);
}

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

function get({ request, query, objects, key }) {
  return content.answer(objects, key, request, (object) => ({ ...metaHeaders(object), ...overrides(query) }));
}

function metaHeaders({ custom, storageClass, version }) {
  const named = Object.entries(custom).map(([name, value]) => [META + name, value]);
  return { ...Object.fromEntries(named), "x-amz-storage-class": s3ClassOf(storageClass), "x-amz-version-id": version };
}

const overrides = (query) =>
  Object.fromEntries(
    OVERRIDES.filter((name) => query.has(`response-${name}`)).map((name) => [name, query.get(`response-${name}`)]),
  );

async function put(call) {
  const { request, objects, key } = call;
  const { body, options, answer: confirmed } = received(call);
  const onlyIf = conditions.fromHeaders(request.headers);
  const object = await objects.put(key, body, { ...options, ...metadataOf(request.headers), onlyIf });
  return new Response(null, { headers: { etag: `"${object.etag}"`, "x-amz-version-id": object.version, ...confirmed() } });
}

// The body of a request with what is known of it: its size, and how to tell that it is whole.
function received({ request, signed: { payload, chain } }) {
  const { headers } = request;
  const trailers = new Map();
  const isChunked = chunked.isChunked(payload);
  const raw = isChunked ? chunked.decode(request.body, payload, chain, trailers) : request.body;
  const { expected, body, verify, answer: confirmed } = checksums.stated(headers, raw, trailers);
  if (HEX_DIGEST.test(payload)) expected.sha256 = payload;
  const size = sizeOf(headers, isChunked);
  return { body, options: { size, expected, verify }, answer: confirmed };
}

function sizeOf(headers, isChunked) {
  const given = headers.get(isChunked ? "x-amz-decoded-content-length" : "content-length");
  const size = Number(given ?? Number.NaN);
  if (!Number.isInteger(size) || size < 0) throw new R2Error("MissingContentLength");
  return size;
}

function metadataOf(headers) {
  const named = [...headers].filter(([name]) => name.startsWith(META));
  const custom = Object.fromEntries(named.map(([name, value]) => [name.slice(META.length), value]));
  const http = httpOf(headers);
  if (http.contentEncoding !== undefined) {
    http.contentEncoding = http.contentEncoding.split(",").map((each) => each.trim()).filter((each) => each !== "aws-chunked").join(", ");
    if (http.contentEncoding === "") delete http.contentEncoding;
  }
  return { http, custom, storageClass: classFromHeader(headers) };
}

async function remove({ objects, key }) {
  await objects.delete([key]);
  return new Response(null, { status: 204 });
}

async function copy({ request, objects, key }) {
  const { source, from } = await sourceOf(request.headers);
  const replaced = request.headers.get("x-amz-metadata-directive") === "REPLACE";
  const kept = { http: from.http, custom: from.custom, storageClass: classFromHeader(request.headers) };
  const object = await objects.copy(key, source, from, replaced ? metadataOf(request.headers) : kept);
  const LastModified = new Date(object.uploaded).toISOString();
  return answer("CopyObjectResult", { ETag: `"${object.etag}"`, LastModified });
}

async function sourceOf(headers) {
  const text = headers.get("x-amz-copy-source").replace(/^\//, "").replace(/\?versionId=.*$/, "");
  const [bucket, ...rest] = decodeURIComponent(text).split("/");
  const source = Objects.named(bucket);
  const only = new Headers();
  for (const name of ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]) {
    const given = headers.get(`x-amz-copy-source-${name}`);
    if (given !== null) only.set(name, given);
  }
  return { source, from: await source.head(rest.join("/"), conditions.fromHeaders(only)) };
}

async function createUpload({ request, objects, bucket, key }) {
  const UploadId = await objects.createUpload(key, metadataOf(request.headers));
  return answer("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId });
}

const partNumber = (query) => Number(query.get("partNumber") ?? Number.NaN);

async function uploadPart(call) {
  const { query, objects, key } = call;
  const { body, options, answer: confirmed } = received(call);
  const part = await objects.uploadPart(key, query.get("uploadId"), partNumber(query), body, options);
  return new Response(null, { headers: { etag: `"${part.etag}"`, ...confirmed() } });
}

async function copyPart({ request, query, objects, key }) {
  const { source, from } = await sourceOf(request.headers);
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.get("x-amz-copy-source-range") ?? "") ?? [];
  const range = first === undefined ? { offset: 0, length: from.size } : { offset: Number(first), length: last - first + 1 };
  if (range.offset + range.length > from.size) throw new R2Error("InvalidRange");
  const body = source.read(from, range);
  const options = { size: range.length };
  const part = await objects.uploadPart(key, query.get("uploadId"), partNumber(query), body, options);
  return answer("CopyPartResult", { ETag: `"${part.etag}"`, LastModified: new Date().toISOString() });
}

async function listParts({ query, objects, bucket, key }) {
  const UploadId = query.get("uploadId");
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

async function completeUpload({ request, query, objects, bucket, key }) {
  const text = await request.text();
  const parts = inner(text, "Part").map((each) => ({
    number: Number(textOf(each, "PartNumber")),
    etag: (textOf(each, "ETag") ?? "").replaceAll('"', ""),
  }));
  if (parts.length === 0) throw new R2Error("MalformedXML");
  const object = await objects.completeUpload(key, query.get("uploadId"), parts);
  const Location = new URL(request.url).href.split("?")[0];
  return answer("CompleteMultipartUploadResult", { Location, Bucket: bucket, Key: key, ETag: `"${object.etag}"` });
}

async function abortUpload({ query, objects, key }) {
  await objects.abortUpload(key, query.get("uploadId"));
  return new Response(null, { status: 204 });
}
