// Storage classes in S3's words.

import { R2Error } from "./errors.mjs";

const NAMES = { Standard: "STANDARD", InfrequentAccess: "STANDARD_IA" };

export const s3ClassOf = (storageClass) => NAMES[storageClass];

/** R2's word for the class that a request's header names; undefined when it names none. */
export function classFromHeader(headers) {
  const given = headers.get("x-amz-storage-class");
  if (given === null) return undefined;
  const found = Object.keys(NAMES).find((name) => NAMES[name] === given);
  if (found === undefined) throw new R2Error("InvalidStorageClass");
  return found;
}
