// Contents of objects and parts: one file each, written once.

import { R2Error } from "./errors.mjs";

/** @import { File } from "./schema.mjs" */
/** @import { Range } from "./ranges.mjs" */

/** @typedef {{ path: string, from: number, to: number }} Piece */

/** @satisfies {Record<string, string>} */
const DIGESTS = { md5: "MD5", sha1: "SHA-1", sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };

/** @typedef {keyof typeof DIGESTS} DigestName */

/** @param {string} path */
const urlOf = (path) => `http://blobs/${path}`;
/** @param {ArrayBuffer | Uint8Array} buffer */
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * A path for a new file below `directory`.
 * @param {string} directory
 */
export function newPath(directory) {
  const name = hex(crypto.getRandomValues(new Uint8Array(16)));
  return `${directory}/${name.slice(0, 2)}/${name.slice(2)}`;
}

/**
 * Write `body` to `path`; returns the digests asked for, in hex, by name.
 * @param {Fetcher} disk
 * @param {string} path
 * @param {ReadableStream | null} body
 * @param {DigestName[]} names
 * @returns {Promise<Record<string, string>>}
 */
export async function write(disk, path, body, names) {
  const digests = names.map((name) => new crypto.DigestStream(DIGESTS[name]));
  /** @type {ReadableStream} */
  let rest = body ?? new Blob([]).stream();
  const hashing = digests.map((digest) => {
    const [own, others] = rest.tee();
    rest = others;
    return own.pipeTo(digest);
  });
  const stored = disk.fetch(urlOf(path), { method: "PUT", body: rest });
  const [response] = await Promise.all([stored, ...hashing]);
  if (!response.ok) throw new Error(`storing the content failed with status ${response.status}`);
  const values = await Promise.all(digests.map(async ({ digest }) => hex(await digest)));
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

/**
 * A stream of `length` bytes from `offset` of the files in order, behind `front`.
 * @param {Fetcher} disk
 * @param {File[]} files
 * @param {Range} range
 * @param {Uint8Array} [front]
 */
export function read(disk, files, { offset, length }, front = new Uint8Array()) {
  const { readable, writable } = new FixedLengthStream(front.byteLength + length);
  pour(disk, overlapping(files, offset, length), front, writable).catch(async (/** @type {unknown} */ error) => {
    await writable.abort(error).catch(() => {}); // the reader may be gone, which is why it failed
  });
  return readable;
}

/**
 * @param {Fetcher} disk
 * @param {Piece[]} pieces
 * @param {Uint8Array} front
 * @param {WritableStream} writable
 */
async function pour(disk, pieces, front, writable) {
  const writer = writable.getWriter();
  await writer.write(front);
  writer.releaseLock();
  for (const piece of pieces) {
    const body = await open(disk, piece);
    await body.pipeTo(writable, { preventClose: true });
  }
  await writable.close();
}

/**
 * @param {Fetcher} disk
 * @param {Piece} piece
 * @returns {Promise<ReadableStream>}
 */
async function open(disk, { path, from, to }) {
  const response = await disk.fetch(urlOf(path), { headers: { range: `bytes=${from}-${to}` } });
  if (!response.ok || response.body === null) throw new R2Error("InternalError");
  return response.body;
}

/**
 * The parts of the files that lie in the range; ends are inclusive.
 * @param {File[]} files
 * @param {number} offset
 * @param {number} length
 */
function overlapping(files, offset, length) {
  /** @type {Piece[]} */
  const pieces = [];
  let start = 0;
  for (const { path, size } of files) {
    const from = Math.max(offset - start, 0);
    const to = Math.min(offset + length - start, size) - 1;
    if (from <= to) pieces.push({ path, from, to });
    start += size;
  }
  return pieces;
}

/**
 * Delete a file; one that is gone already is no error.
 * @param {Fetcher} disk
 * @param {string} path
 */
export async function remove(disk, path) {
  const response = await disk.fetch(urlOf(path), { method: "DELETE" });
  if (!response.ok && response.status !== 404) throw new Error(`deleting failed with status ${response.status}`);
}
