// The content of a request of the S3 API: as a stream that is checked while it passes, or as a
// document. What is signed of it holds.

/** @import { Call } from "./s3.mjs" */
/** @import { Element } from "./xml.mjs" */

import { createHash } from "node:crypto";
import * as checksums from "./checksums.mjs";
import * as chunked from "./chunked.mjs";
import { R2Error } from "./errors.mjs";
import { parse } from "./xml.mjs";

const HEX_DIGEST = /^[0-9a-f]{64}$/;

/**
 * The content of a request with what is known of it: its size, and how to tell that it is whole.
 * @param {Call} call
 */
export function received(call) {
  const size = sizeOf(call);
  const { body, ...content } = stated(call, size);
  return { body, options: { ...content, size } };
}

/**
 * The root of the document in a request; throws MalformedXML when it is no `name`.
 * @param {Call} call
 * @param {string} name
 * @returns {Promise<Element>}
 */
export async function document(call, name) {
  const { body, expected, verify } = stated(call, sizeOf(call));
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  for (const [kind, digest] of Object.entries(expected)) {
    if (createHash(kind).update(bytes).digest("hex") !== digest) throw new R2Error("BadDigest");
  }
  verify?.();
  const root = parse(textOf(bytes));
  if (root.name !== name) throw new R2Error("MalformedXML");
  return root;
}

/**
 * @param {Call} call
 * @param {number} size
 */
function stated({ request, headers, payload }, size) {
  /** @type {Map<string, string>} */
  const trailers = new Map();
  const sent = request.body ?? new Blob([]).stream();
  const raw = chunked.isChunked(payload) ? chunked.decode(sent, size, trailers) : request.body;
  const content = checksums.stated(headers, raw, trailers);
  if (!HEX_DIGEST.test(payload)) return content;
  const { expected } = content;
  if ((expected.sha256 ?? payload) !== payload) throw new R2Error("BadDigest"); // not both can hold
  expected.sha256 = payload;
  return content;
}

/** @param {Call} call */
function sizeOf({ headers, payload }) {
  const given = headers.get(chunked.isChunked(payload) ? "x-amz-decoded-content-length" : "content-length");
  const size = Number(given ?? Number.NaN);
  if (!Number.isSafeInteger(size) || size < 0) throw new R2Error("MissingContentLength");
  return size;
}

/** @param {Uint8Array} bytes */
function textOf(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    throw new R2Error("MalformedXML");
  }
}
