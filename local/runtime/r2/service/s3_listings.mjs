// Lists of multipart uploads and of their parts in the S3 API, a page at a time.

/** @import { BucketCall } from "./s3.mjs" */

import { R2Error } from "./errors.mjs";
import { MAX_LIST, s3ClassOf } from "./limits.mjs";
import { uploadOf } from "./s3_values.mjs";
import { answer } from "./xml.mjs";

/** @param {BucketCall} call */
export async function listUploads({ query, objects, bucket }) {
  const [prefix, key, id] = ["prefix", "key-marker", "upload-id-marker"].map((name) => query.get(name));
  const limit = numberOf(query, "max-uploads", MAX_LIST, 1);
  const found = await objects.listUploads({ prefix: prefix ?? "", key: key ?? "", id: id || null, limit: limit + 1 });
  const page = found.slice(0, limit);
  const IsTruncated = found.length > limit;
  const last = IsTruncated ? page.at(-1) : undefined;
  const Upload = page.map((each) => ({
    Key: each.key,
    UploadId: each.id,
    StorageClass: s3ClassOf(each.storageClass),
    Initiated: new Date(each.created).toISOString(),
  }));
  const place = { KeyMarker: key, UploadIdMarker: id, NextKeyMarker: last?.key, NextUploadIdMarker: last?.id };
  const result = { Bucket: bucket, Prefix: prefix, ...place, MaxUploads: limit, IsTruncated, Upload };
  return answer("ListMultipartUploadsResult", result);
}

/** @param {BucketCall} call */
export async function listParts({ query, objects, bucket, key }) {
  const UploadId = uploadOf(query);
  const limit = numberOf(query, "max-parts", MAX_LIST, 1);
  const after = numberOf(query, "part-number-marker", 0, 0);
  const { parts, storageClass } = await objects.listParts(key, UploadId);
  const found = parts.filter(({ number }) => number > after);
  const page = found.slice(0, limit);
  const Part = page.map(({ number, etag, size, uploaded }) => ({
    PartNumber: number,
    LastModified: new Date(uploaded).toISOString(),
    ETag: `"${etag}"`,
    Size: size,
  }));
  const IsTruncated = found.length > limit;
  const place = { PartNumberMarker: after, NextPartNumberMarker: page.at(-1)?.number, MaxParts: limit, IsTruncated };
  const StorageClass = s3ClassOf(storageClass);
  return answer("ListPartsResult", { Bucket: bucket, Key: key, UploadId, StorageClass, ...place, Part });
}

/**
 * A whole number in the query; one beyond the largest page asks for that.
 * @param {URLSearchParams} query
 * @param {string} name
 * @param {number} usual
 * @param {number} least
 */
function numberOf(query, name, usual, least) {
  const given = query.get(name);
  if (given === null || given === "") return usual;
  const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
  if (!(number >= least)) throw new R2Error("InvalidArgument", `${name} is no whole number from ${least} on.`);
  return usual > 0 ? Math.min(number, usual) : number;
}
