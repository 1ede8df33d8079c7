// The HTTP answer that a `put` has as its body: status line, headers, an empty line, the content.

/** @typedef {{ status: number, reason: string, headers: Headers, body: Uint8Array }} Answer */

const HEAD_BYTES = 128 * 1024; // beside the content; Cloudflare takes as much of a request
const STATUS_LINE = /^HTTP\/1\.1 (\d{3}) ?(.*)$/;
const CR = 13;
const END = [CR, 10, CR, 10];

/** Of the connection, or counted anew. The runtime announces chunks where it knows no length, and writes none. */
const DROPPED = ["connection", "content-length", "keep-alive", "transfer-encoding"];

/**
 * Read `stream` to its end; undefined when that is more than `most` bytes of content.
 * @param {ReadableStream<Uint8Array> | null} stream
 * @param {number} most
 */
export async function readAtMost(stream, most) {
  /** @type {Uint8Array[]} */
  const parts = [];
  let size = 0;
  for await (const part of stream ?? []) {
    size += part.byteLength;
    if (size <= most + HEAD_BYTES) parts.push(part);
  }
  return size <= most + HEAD_BYTES ? joined(parts, size) : undefined;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Answer | undefined} nothing for what is no HTTP answer
 */
export function parse(bytes) {
  const end = endOfHead(bytes);
  const [first = "", ...lines] = new TextDecoder().decode(bytes.subarray(0, end)).split("\r\n");
  const [, status, reason = ""] = STATUS_LINE.exec(first) ?? [];
  if (status === undefined) return undefined;
  const headers = new Headers();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  for (const name of DROPPED) headers.delete(name);
  return { status: Number(status), reason, headers, body: bytes.subarray(end + END.length) };
}

/** @param {Uint8Array} bytes */
function endOfHead(bytes) {
  let at = bytes.indexOf(CR);
  while (at >= 0 && !END.every((byte, place) => bytes[at + place] === byte)) at = bytes.indexOf(CR, at + 1);
  return at < 0 ? bytes.byteLength : at;
}

/**
 * @param {Uint8Array[]} parts
 * @param {number} size
 */
function joined(parts, size) {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
