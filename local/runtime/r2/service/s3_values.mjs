// What headers and query of an S3 request say, as values, and an object's metadata as headers.

/** @import { StoredObject } from "./schema.mjs" */

import { R2Error } from "./errors.mjs";
import { httpOf } from "./http.mjs";
import { checkPartNumber, classFromHeader, s3ClassOf } from "./limits.mjs";
import { META, OVERRIDES } from "./s3_fields.mjs";

/**
 * What an object is stored with.
 * @param {Headers} headers
 */
export function metadataOf(headers) {
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

/** @param {StoredObject} object */
export function metaHeaders({ custom, storageClass, version }) {
  /** @type {Record<string, string>} */
  const headers = { "x-amz-storage-class": s3ClassOf(storageClass), "x-amz-version-id": version };
  for (const [name, value] of Object.entries(custom)) headers[META + name] = value;
  return headers;
}

/**
 * The headers that the query puts in the place of the object's own.
 * @param {URLSearchParams} query
 */
export function overrides(query) {
  const given = OVERRIDES.map((name) => [name, query.get(`response-${name}`)]);
  const stated = given.filter(([, value]) => value !== null);
  try {
    return Object.fromEntries(new Headers(/** @type {[string, string][]} */ (stated)));
  } catch {
    throw new R2Error("InvalidArgument", "A header of the answer cannot have the value that the query gives it.");
  }
}

/**
 * Refuse checksums of an upload that R2 has not: CRC-64/NVME is one of the whole object, the others are
 * composed of those of the parts.
 * @param {Headers} headers
 */
export function checkSums(headers) {
  const type = headers.get("x-amz-checksum-type");
  const isOfWhole = headers.get("x-amz-checksum-algorithm") === "CRC64NVME";
  if (type !== null && (type === "FULL_OBJECT") !== isOfWhole) {
    throw new R2Error("NotImplemented", `Header 'x-amz-checksum-type' is not implemented as ${type} for this algorithm`);
  }
}

/** @param {URLSearchParams} query */
export const uploadOf = (query) => query.get("uploadId") ?? "";

/** @param {URLSearchParams} query */
export const partNumber = (query) => Number(query.get("partNumber") ?? Number.NaN);

/**
 * How many parts an object has, where one of them is asked for.
 * @param {URLSearchParams} query
 * @param {StoredObject} object
 * @returns {Record<string, string>}
 */
export const partsCount = (query, { files }) =>
  query.has("partNumber") ? { "x-amz-mp-parts-count": String(files.length) } : {};

/**
 * The bytes of the part of an object that the query names; undefined when it names none.
 * @param {Request} request
 * @param {URLSearchParams} query
 * @param {StoredObject} object
 */
export function rangeOfPart({ headers }, query, { files }) {
  if (!query.has("partNumber")) return undefined;
  const number = partNumber(query);
  checkPartNumber(number);
  if (headers.has("range")) throw new R2Error("InvalidArgument", "Range and partNumber cannot both be given.");
  const part = files[number - 1];
  if (part === undefined) throw new R2Error("InvalidRange");
  const offset = files.slice(0, number - 1).reduce((sum, { size }) => sum + size, 0);
  return part.size === 0 ? undefined : { offset, length: part.size };
}
