// Bodies in chunks with headers of their own (`aws-chunked`) and a checksum behind them. R2 takes
// them unsigned only.

import { Buffer } from "node:buffer";
import { R2Error } from "./errors.mjs";

const HEAD = /^[0-9a-f]{1,13}$/;
const MAX_HEAD = 4096;

/**
 * Whether x-amz-content-sha256 announces such a body.
 * @param {string} payload
 */
export const isChunked = (payload) => payload.startsWith("STREAMING-");

/**
 * The content of a chunked body, as a stream; `trailers` receives what stands behind it.
 * @param {ReadableStream} body
 * @param {number} size the bytes of content that were announced
 * @param {Map<string, string>} trailers
 */
export function decode(body, size, trailers) {
  const parser = new Parser(size, trailers);
  return body.pipeThrough(
    new TransformStream({
      /**
       * @param {Uint8Array} bytes
       * @param {TransformStreamDefaultController} controller
       */
      transform(bytes, controller) {
        parser.take(bytes, (content) => {
          controller.enqueue(content);
        });
      },
      flush() {
        parser.end();
      },
    }),
  );
}

class Parser {
  #rest = Buffer.alloc(0);
  #left;
  #trailers;

  /** @type {number | null} bytes of the chunk whose content is awaited */
  #chunk = null;
  #done = false;

  /**
   * @param {number} size
   * @param {Map<string, string>} trailers
   */
  constructor(size, trailers) {
    this.#left = size;
    this.#trailers = trailers;
  }

  /**
   * @param {Uint8Array} bytes
   * @param {(content: Uint8Array) => void} emit
   */
  take(bytes, emit) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#step(emit));
  }

  end() {
    if (!this.#done || this.#left !== 0) throw new R2Error("IncompleteBody");
  }

  /**
   * Take one piece, if all of it is there; returns whether it was.
   * @param {(content: Uint8Array) => void} emit
   */
  #step(emit) {
    if (this.#done) return this.#trailer();
    return this.#chunk === null ? this.#head() : this.#content(this.#chunk, emit);
  }

  #line() {
    const end = this.#rest.indexOf("\r\n");
    if (end < 0 && this.#rest.length > MAX_HEAD) throw new R2Error("IncompleteBody");
    if (end < 0) return undefined;
    const line = this.#rest.subarray(0, end).toString("latin1");
    this.#rest = this.#rest.subarray(end + 2);
    return line;
  }

  #head() {
    const line = this.#line();
    if (line === undefined) return false;
    if (!HEAD.test(line)) throw new R2Error("IncompleteBody");
    const size = Number.parseInt(line, 16);
    this.#left -= size;
    if (this.#left < 0) throw new R2Error("IncompleteBody");
    if (size > 0) this.#chunk = size;
    else this.#done = true;
    return true;
  }

  /**
   * @param {number} size
   * @param {(content: Uint8Array) => void} emit
   */
  #content(size, emit) {
    if (this.#rest.length < size + 2) return false;
    emit(new Uint8Array(this.#rest.subarray(0, size)));
    this.#rest = this.#rest.subarray(size + 2);
    this.#chunk = null;
    return true;
  }

  #trailer() {
    const line = this.#line();
    if (line === undefined) return false;
    const colon = line.indexOf(":");
    if (colon > 0) this.#trailers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
    return true;
  }
}
