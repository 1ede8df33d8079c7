// What R2 allows, and the checks of it.

/** @import { StorageClass } from "./schema.mjs" */

import { R2Error } from "./errors.mjs";

export const MIN_PART_BYTES = 5 * 1024 * 1024;
const MAX_PART_NUMBER = 10_000;
export const MAX_LIST = 1000;
const MAX_OBJECT_BYTES = 5 * 1024 ** 3 - MIN_PART_BYTES;
const MAX_KEY_BYTES = 1024;
const MAX_METADATA_BYTES = 8192;

/** R2's storage classes, and S3's words for them. */
const S3_CLASSES = { Standard: "STANDARD", InfrequentAccess: "STANDARD_IA" };
const STORAGE_CLASSES = /** @type {StorageClass[]} */ (Object.keys(S3_CLASSES));

/** @param {string} text */
const bytes = (text) => new TextEncoder().encode(text).byteLength;

/** @param {string} key */
export function checkKey(key) {
  if (key === "" || bytes(key) > MAX_KEY_BYTES) throw new R2Error("InvalidObjectName");
}

/** @param {number} size */
export function checkSize(size) {
  if (size > MAX_OBJECT_BYTES) throw new R2Error("EntityTooLarge");
}

/** @param {Record<string, string>} custom */
export function checkMetadata(custom) {
  const total = Object.entries(custom).reduce((sum, [name, value]) => sum + bytes(name) + bytes(value), 0);
  if (total > MAX_METADATA_BYTES) throw new R2Error("MetadataTooLarge");
}

/** @param {number} number */
export function checkPartNumber(number) {
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    throw new R2Error("InvalidArgument", `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive.`);
  }
}

/**
 * The storage class called `name`, in R2's words.
 * @param {string} name
 */
export function storageClassOf(name) {
  const found = STORAGE_CLASSES.find((each) => each === name);
  if (found === undefined) {
    throw new R2Error("InvalidArgument", `The storage class must be one of ${STORAGE_CLASSES.join(", ")}.`);
  }
  return found;
}

/** @param {StorageClass} storageClass */
export const s3ClassOf = (storageClass) => S3_CLASSES[storageClass];

/**
 * R2's word for the class that a request's header names in S3's; undefined when it names none.
 * @param {Headers} headers
 */
export function classFromHeader(headers) {
  const given = headers.get("x-amz-storage-class");
  if (given === null) return undefined;
  const found = STORAGE_CLASSES.find((name) => S3_CLASSES[name] === given);
  if (found === undefined) throw new R2Error("InvalidStorageClass");
  return found;
}
