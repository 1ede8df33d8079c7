// Text as the Rules language has it: a sequence of bytes. One character of such a string is one byte,
// so that lengths, order, indexes and regular expressions count bytes, as Cloudflare does.

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const WIDE = /[^\0-\x7f]/;
const CAPITALS = /[A-Z]+/g;
const SMALL = /[a-z]+/g;

/**
 * Return the bytes of `text` in UTF-8.
 * @param {string} text
 */
export function toBytes(text) {
  if (!WIDE.test(text)) return text;
  return fromArray(ENCODER.encode(text));
}

/**
 * Return bytes as text, where they are none in UTF-8 with the replacement character.
 * @param {string} bytes
 */
export function toText(bytes) {
  if (!WIDE.test(bytes)) return bytes;
  return DECODER.decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0)));
}

/** @param {Iterable<number>} bytes */
export function fromArray(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/**
 * Return `bytes` with the capitals of ASCII made small, and nothing else.
 * @param {string} bytes
 */
export function lower(bytes) {
  return bytes.replace(CAPITALS, (found) => found.toLowerCase());
}

/**
 * Return `bytes` with the small letters of ASCII made capital, and nothing else.
 * @param {string} bytes
 */
export function upper(bytes) {
  return bytes.replace(SMALL, (found) => found.toUpperCase());
}
