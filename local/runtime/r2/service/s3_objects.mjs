// Operations of the S3 API on objects.

/** @import { BucketCall, Operation } from "./s3.mjs" */
/** @import { StoredObject } from "./schema.mjs" */
/** @import { Element } from "./xml.mjs" */

import { confirmed } from "./checksums.mjs";
import * as conditions from "./conditions.mjs";
import * as content from "./content.mjs";
import { R2Error } from "./errors.mjs";
import { document, received } from "./s3_content.mjs";
import { copy, copyPart } from "./s3_copies.mjs";
import { listParts } from "./s3_listings.mjs";
import { checkSums, metaHeaders, metadataOf, overrides, partNumber, partsCount, rangeOfPart, uploadOf } from "./s3_values.mjs";
import { answer } from "./xml.mjs";

const UNSUPPORTED = ["acl", "tagging", "torrent", "retention", "legal-hold", "attributes", "select", "restore", "annotation", "renameObject"];

/**
 * What a request asks of an object.
 * @param {BucketCall} call
 * @returns {Operation}
 */
export function operationOf({ request, headers, query }) {
  const unsupported = UNSUPPORTED.find((name) => query.has(name));
  if (unsupported !== undefined) throw new R2Error("NotImplemented", `not emulated: ${unsupported} of an object`);
  const subject = query.has("uploadId") ? "upload" : query.has("uploads") ? "uploads" : "object";
  const copied = request.method === "PUT" && headers.has("x-amz-copy-source") ? " by copy" : "";
  const operation = OPERATIONS[`${request.method} ${subject}${copied}`];
  if (operation === undefined) throw new R2Error("MethodNotAllowed");
  return operation;
}

/** @type {Record<string, Operation>} */
const OPERATIONS = {
  "GET object": ["GetObject", get],
  "HEAD object": ["HeadObject", get],
  "PUT object": ["PutObject", put],
  "PUT object by copy": ["CopyObject", copy],
  "DELETE object": ["DeleteObject", remove],
  "POST uploads": ["CreateMultipartUpload", createUpload],
  "PUT upload": ["UploadPart", uploadPart],
  "PUT upload by copy": ["UploadPartCopy", copyPart],
  "GET upload": ["ListParts", listParts],
  "POST upload": ["CompleteMultipartUpload", completeUpload],
  "DELETE upload": ["AbortMultipartUpload", abortUpload],
};

/** @param {BucketCall} call */
function get({ request, query, objects, key }) {
  /** @param {StoredObject} object */
  const extra = (object) => ({ ...metaHeaders(object), ...partsCount(query, object), ...overrides(query) });
  return content.answer(objects, key, request, extra, (object) => rangeOfPart(request, query, object));
}

/** @param {BucketCall} call */
async function put(call) {
  const { headers, objects, key } = call;
  const { body, options } = received(call);
  const onlyIf = conditions.fromHeaders(headers);
  const object = await objects.put(key, body, { ...options, ...metadataOf(headers), onlyIf });
  return new Response(null, { headers: { etag: `"${object.etag}"`, "x-amz-version-id": object.version, ...confirmed(options.checksums()) } });
}

/** @param {BucketCall} call */
async function remove({ objects, key }) {
  await objects.delete([key]);
  return new Response(null, { status: 204 });
}

/** @param {BucketCall} call */
async function createUpload({ headers, objects, bucket, key }) {
  checkSums(headers);
  const UploadId = await objects.createUpload(key, metadataOf(headers));
  return answer("InitiateMultipartUploadResult", { Bucket: bucket, Key: key, UploadId });
}

/** @param {BucketCall} call */
async function uploadPart(call) {
  const { query, objects, key } = call;
  const { body, options } = received(call);
  const part = await objects.uploadPart(key, uploadOf(query), partNumber(query), body, options);
  return new Response(null, { headers: { etag: `"${part.etag}"`, ...confirmed(options.checksums()) } });
}

/** @param {BucketCall} call */
async function completeUpload(call) {
  const { request, query, objects, bucket, key } = call;
  const parts = (await document(call, "CompleteMultipartUpload")).all("Part").map(chosenPart);
  if (parts.length === 0) throw new R2Error("MalformedXML");
  const object = await objects.completeUpload(key, uploadOf(query), parts);
  const [Location] = request.url.split("?");
  return answer("CompleteMultipartUploadResult", { Location, Bucket: bucket, Key: key, ETag: `"${object.etag}"` });
}

/**
 * A part as the document names it: what it says of checksums has to hold.
 * @param {Element} part
 */
function chosenPart(part) {
  /** @type {Record<string, string>} */
  const checksums = {};
  for (const { name, text } of part.children) {
    const [, kind] = /^Checksum(CRC32C?|CRC64NVME|SHA1|SHA256)$/.exec(name) ?? [];
    if (kind !== undefined) checksums[kind.toLowerCase()] = text.trim();
    else if (name !== "PartNumber" && name !== "ETag") throw new R2Error("NotImplemented", `'${name}' of a part not implemented`);
  }
  const number = Number(part.textOf("PartNumber") ?? Number.NaN);
  return { number, etag: (part.textOf("ETag") ?? "").replaceAll('"', ""), checksums };
}

/** @param {BucketCall} call */
async function abortUpload({ query, objects, key }) {
  await objects.abortUpload(key, uploadOf(query));
  return new Response(null, { status: 204 });
}
