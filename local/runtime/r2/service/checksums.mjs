// Checksums of S3 requests: in a header before the content, or in a trailer behind it.

import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { R2Error } from "./errors.mjs";

const PREFIX = "x-amz-checksum-";
const DIGESTS = { sha1: 20, sha256: 32 };
const SUMS = { crc32: (bytes, sum) => crc32(bytes, sum), crc32c };
const CASTAGNOLI = 0x82f63b78;

const table = Uint32Array.from({ length: 256 }, (_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ CASTAGNOLI : value >>> 1;
  return value;
});

function crc32c(bytes, sum) {
  let value = ~sum;
  for (const byte of bytes) value = (value >>> 8) ^ table[(value ^ byte) & 0xff];
  return ~value >>> 0;
}

/**
 * What a request says its content has: `{expected, body, verify, answer}`. `expected` are digests in
 * hex for the store to check; `body` is the content, summed while it passes; `verify` throws when a
 * sum differs; `answer` are the headers that confirm the checksums.
 */
export function stated(headers, body, trailers) {
  const expected = {};
  const md5 = headers.get("content-md5");
  if (md5 !== null) expected.md5 = hexOf(md5, 16);
  const announced = headers.get("x-amz-trailer")?.split(",").map((name) => name.trim().toLowerCase()) ?? [];
  const names = [...headers.keys(), ...announced].filter((name) => name.startsWith(PREFIX));
  const kinds = [...new Set(names.map((name) => name.slice(PREFIX.length)))].filter((kind) => !NO_SUMS.has(kind));
  for (const kind of kinds) {
    if (!(kind in DIGESTS) && !(kind in SUMS)) throw new R2Error("NotImplemented", `not emulated: checksum ${kind}`);
    if (kind in DIGESTS && headers.has(PREFIX + kind)) expected[kind] = hexOf(headers.get(PREFIX + kind), DIGESTS[kind]);
  }
  const late = kinds.filter((kind) => kind in SUMS || !headers.has(PREFIX + kind));
  return summed(late, body, headers, trailers, expected);
}

const NO_SUMS = new Set(["algorithm", "type", "mode"]);

function summed(kinds, body, headers, trailers, expected) {
  if (kinds.length === 0) return { expected, body, verify: undefined, answer: () => ({}) };
  const sums = kinds.map((kind) => (kind in SUMS ? new Sum(SUMS[kind]) : new Digest(kind)));
  const pass = new TransformStream({
    transform(bytes, controller) {
      for (const sum of sums) sum.take(bytes);
      controller.enqueue(bytes);
    },
  });
  const found = () => Object.fromEntries(kinds.map((kind, index) => [PREFIX + kind, sums[index].result()]));
  const verify = () => {
    for (const [name, own] of Object.entries(found())) {
      const given = headers.get(name) ?? trailers.get(name);
      if (given !== own) throw new R2Error("BadDigest");
    }
  };
  return { expected, body: (body ?? new Blob([]).stream()).pipeThrough(pass), verify, answer: found };
}

class Sum {
  #add;
  #value = 0;

  constructor(add) {
    this.#add = add;
  }

  take(bytes) {
    this.#value = this.#add(bytes, this.#value);
  }

  result() {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value >>> 0);
    return bytes.toString("base64");
  }
}

class Digest {
  #hash;
  #result;

  constructor(kind) {
    this.#hash = createHash(kind);
  }

  take(bytes) {
    this.#hash.update(bytes);
  }

  result() {
    return (this.#result ??= this.#hash.digest("base64"));
  }
}

function hexOf(base64, length) {
  const bytes = Buffer.from(base64, "base64");
  if (bytes.length !== length) throw new R2Error("InvalidDigest");
  return bytes.toString("hex");
}
