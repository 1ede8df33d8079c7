// What R2 allows, and the checks of it.

import { R2Error } from "./errors.mjs";

export const MIN_PART_BYTES = 5 * 1024 * 1024;
export const MAX_PART_NUMBER = 10_000;
export const MAX_LIST = 1000;
const MAX_OBJECT_BYTES = 5 * 1024 ** 3 - MIN_PART_BYTES;
const MAX_KEY_BYTES = 1024;
const MAX_METADATA_BYTES = 8192;
export const STORAGE_CLASSES = ["Standard", "InfrequentAccess"];

const bytes = (text) => new TextEncoder().encode(text).byteLength;

export function checkKey(key) {
  if (key === "" || bytes(key) > MAX_KEY_BYTES) throw new R2Error("InvalidObjectName");
}

export function checkSize(size) {
  if (size > MAX_OBJECT_BYTES) throw new R2Error("EntityTooLarge");
}

export function checkMetadata(custom) {
  const total = Object.entries(custom).reduce((sum, [name, value]) => sum + bytes(name) + bytes(value), 0);
  if (total > MAX_METADATA_BYTES) throw new R2Error("MetadataTooLarge");
}

export function checkPartNumber(number) {
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    throw new R2Error("InvalidArgument", `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive.`);
  }
}

export function checkStorageClass(name) {
  if (!STORAGE_CLASSES.includes(name)) {
    throw new R2Error("InvalidArgument", `The storage class must be one of ${STORAGE_CLASSES.join(", ")}.`);
  }
}
