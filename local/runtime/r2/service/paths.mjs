// Paths as they were sent. `new URL()` takes dot segments for steps in a folder, written out or
// percent-encoded: `a/../b` would become `b`. In S3 and in the admin they are part of a name.

import { R2Error } from "./errors.mjs";

const PATH = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i;

/**
 * The path of a request, still percent-encoded.
 * @param {{ url: string }} request
 */
export function pathOf({ url }) {
  return PATH.exec(url)?.[1] || "/";
}

/** @param {string} part */
export function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new R2Error("InvalidArgument", "The path is not percent-encoded UTF-8.");
  }
}
