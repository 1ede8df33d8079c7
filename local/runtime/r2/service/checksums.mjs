// Checksums of S3 requests: in a header before the content, or in a trailer behind it.

/** @import { DigestName } from "./blobs.mjs" */

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { crc32c, crc64nvme } from "./crc.mjs";
import { R2Error } from "./errors.mjs";

const PREFIX = "x-amz-checksum-";
/** Bytes of the digests that the store checks. @type {Record<string, number | undefined>} */
const DIGESTS = { sha1: 20, sha256: 32 };
/** The sums that are made here. @type {Record<string, (() => Summing) | undefined>} */
const SUMS = {
  crc32: () => new Sum((bytes, sum) => crc32(bytes, sum)),
  crc32c: () => new Sum(crc32c),
  crc64nvme: () => new WideSum(),
};

/**
 * What a request says its content has.
 * @typedef {object} Stated
 * @property {Digests} expected digests in hex, for the store to check
 * @property {ReadableStream | null} body the content, summed while it passes
 * @property {(() => void) | undefined} verify throws when a sum differs
 * @property {() => Record<string, string>} checksums all that were given, in base64, by algorithm; known when
 * the content was read
 */

/** @typedef {Partial<Record<DigestName, string>>} Digests */

const NO_SUMS = new Set(["algorithm", "type", "mode"]);

/**
 * Read what a request says of its content; `trailers` fill while the body is read.
 * @param {Headers} headers
 * @param {ReadableStream | null} body
 * @param {Map<string, string>} trailers
 * @returns {Stated}
 */
export function stated(headers, body, trailers) {
  const kinds = kindsOf(headers);
  const late = kinds.filter((kind) => Object.hasOwn(SUMS, kind) || !headers.has(PREFIX + kind));
  const given = (/** @type {string} */ kind) => headers.get(PREFIX + kind) ?? trailers.get(PREFIX + kind) ?? "";
  const checksums = () => Object.fromEntries(kinds.map((kind) => [kind, given(kind)]));
  return { ...summed(late, body, headers, trailers, expectedOf(headers, kinds)), checksums };
}

/**
 * The headers that confirm checksums.
 * @param {Record<string, string>} checksums
 */
export const confirmed = (checksums) =>
  Object.fromEntries(Object.entries(checksums).map(([kind, value]) => [PREFIX + kind, value]));

/**
 * The checksums that a request has before its content or announces behind it, `crc32` and the like.
 * @param {Headers} headers
 */
function kindsOf(headers) {
  const announced = headers.get("x-amz-trailer")?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  const other = announced.find((name) => !name.startsWith(PREFIX));
  if (other !== undefined) throw new R2Error("NotImplemented", `Trailer '${other}' not implemented`);
  const names = [...headers.keys(), ...announced].filter((name) => name.startsWith(PREFIX));
  const kinds = [...new Set(names.map((name) => name.slice(PREFIX.length)))].filter((kind) => !NO_SUMS.has(kind));
  const unknown = kinds.find((kind) => !Object.hasOwn(DIGESTS, kind) && !Object.hasOwn(SUMS, kind));
  if (unknown !== undefined) throw new R2Error("NotImplemented", `not emulated: checksum ${unknown}`);
  return kinds;
}

/**
 * @param {Headers} headers
 * @param {string[]} kinds
 */
function expectedOf(headers, kinds) {
  /** @type {Digests} */
  const expected = {};
  const md5 = headers.get("content-md5");
  if (md5 !== null) expected.md5 = hexOf(md5, 16);
  for (const kind of kinds) {
    const length = DIGESTS[kind];
    const given = headers.get(PREFIX + kind);
    if (length !== undefined && given !== null) expected[/** @type {DigestName} */ (kind)] = hexOf(given, length);
  }
  return expected;
}

/**
 * @param {string[]} kinds
 * @param {ReadableStream | null} body
 * @param {Headers} headers
 * @param {Map<string, string>} trailers
 * @param {Digests} expected
 * @returns {Omit<Stated, "checksums">}
 */
function summed(kinds, body, headers, trailers, expected) {
  if (kinds.length === 0) return { expected, body, verify: undefined };
  const sums = kinds.map((kind) => ({ name: PREFIX + kind, sum: summing(kind) }));
  const pass = new TransformStream({
    /**
     * @param {Uint8Array} bytes
     * @param {TransformStreamDefaultController} controller
     */
    transform(bytes, controller) {
      for (const { sum } of sums) sum.take(bytes);
      controller.enqueue(bytes);
    },
  });
  const verify = () => {
    for (const { name, sum } of sums) {
      const given = headers.get(name) ?? trailers.get(name);
      if (given !== sum.result()) throw new R2Error("BadDigest");
    }
  };
  return { expected, body: (body ?? new Blob([]).stream()).pipeThrough(pass), verify };
}

/** A sum that grows with its content. @typedef {{ take(bytes: Uint8Array): void, result(): string }} Summing */

/**
 * @param {string} kind
 * @returns {Summing}
 */
const summing = (kind) => SUMS[kind]?.() ?? new Digest(kind);

class Sum {
  #add;
  #value = 0;

  /** @param {(bytes: Uint8Array, sum: number) => number} add */
  constructor(add) {
    this.#add = add;
  }

  /** @param {Uint8Array} bytes */
  take(bytes) {
    this.#value = this.#add(bytes, this.#value);
  }

  result() {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value >>> 0);
    return bytes.toString("base64");
  }
}

class WideSum {
  #value = { high: 0, low: 0 };

  /** @param {Uint8Array} bytes */
  take(bytes) {
    this.#value = crc64nvme(bytes, this.#value);
  }

  result() {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(this.#value.high);
    bytes.writeUInt32BE(this.#value.low, 4);
    return bytes.toString("base64");
  }
}

class Digest {
  #hash;

  /** @type {string | undefined} */
  #result;

  /** @param {string} kind */
  constructor(kind) {
    this.#hash = createHash(kind);
  }

  /** @param {Uint8Array} bytes */
  take(bytes) {
    this.#hash.update(bytes);
  }

  result() {
    return (this.#result ??= this.#hash.digest("base64"));
  }
}

/**
 * @param {string} base64
 * @param {number} length in bytes
 */
function hexOf(base64, length) {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== length) throw new R2Error("InvalidDigest");
  return bytes.toString("hex");
}
