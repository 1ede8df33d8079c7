// Copies within the S3 API: of whole objects, and of ranges as parts of an upload.

/** @import { BucketCall } from "./s3.mjs" */

import * as conditions from "./conditions.mjs";
import { R2Error } from "./errors.mjs";
import { classFromHeader } from "./limits.mjs";
import { Objects } from "./objects.mjs";
import { metadataOf, partNumber, uploadOf } from "./s3_values.mjs";
import { answer } from "./xml.mjs";

const SOURCE = "x-amz-copy-source";
const RANGE = /^bytes=(\d{1,16})-(\d{1,16})$/;

/** @param {BucketCall} call */
export async function copy({ headers, objects, key }) {
  const { source, from } = await sourceOf(headers);
  const replaced = headers.get("x-amz-metadata-directive") === "REPLACE";
  const kept = { http: from.http, custom: from.custom, storageClass: classFromHeader(headers) };
  const object = await objects.copy(key, source, from, replaced ? metadataOf(headers) : kept);
  const LastModified = new Date(object.uploaded).toISOString();
  return answer("CopyObjectResult", { ETag: `"${object.etag}"`, LastModified });
}

/** @param {BucketCall} call */
export async function copyPart({ headers, query, objects, key }) {
  const { source, from } = await sourceOf(headers);
  const range = rangeOf(headers, from.size);
  const body = source.read(from, range);
  const options = { size: range.length };
  const part = await objects.uploadPart(key, uploadOf(query), partNumber(query), body, options);
  return answer("CopyPartResult", { ETag: `"${part.etag}"`, LastModified: new Date().toISOString() });
}

/**
 * The bytes to copy; all of them when no range is named.
 * @param {Headers} headers
 * @param {number} size
 */
function rangeOf(headers, size) {
  const given = headers.get(`${SOURCE}-range`);
  if (given === null) return { offset: 0, length: size };
  const [, first, last] = RANGE.exec(given) ?? [];
  if (first === undefined || Number(last) < Number(first)) {
    throw new R2Error("InvalidArgument", `${SOURCE}-range is not of the form bytes=first-last.`);
  }
  if (Number(last) >= size) throw new R2Error("InvalidRange");
  return { offset: Number(first), length: Number(last) - Number(first) + 1 };
}

/** @param {Headers} headers */
async function sourceOf(headers) {
  const { bucket, key } = named(headers.get(SOURCE) ?? "");
  const source = Objects.named(bucket);
  const only = new Headers();
  for (const name of ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"]) {
    const given = headers.get(`${SOURCE}-${name}`);
    if (given !== null) only.set(name, given);
  }
  return { source, from: await source.head(key, conditions.fromHeaders(only)) };
}

/**
 * The bucket and the key that a copy is made from. A slash before the bucket makes its name empty,
 * as R2 reads it (lean-s3#113).
 * @param {string} given
 */
function named(given) {
  const [path = "", version] = given.split("?");
  if (version !== undefined) throw new R2Error("NotImplemented", `'${version}' of ${SOURCE} not implemented`);
  const [bucket, ...rest] = decodedSource(path).split("/");
  const key = rest.join("/");
  if (!bucket || key === "") throw new R2Error("InvalidArgument", `${SOURCE} is not of the form bucket/key.`);
  return { bucket, key };
}

/** @param {string} path */
function decodedSource(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new R2Error("InvalidArgument", `${SOURCE} is not percent-encoded UTF-8.`);
  }
}
