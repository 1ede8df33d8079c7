// Bodies in chunks with headers of their own (`aws-chunked`), signed chunk by chunk or not at all,
// with or without a checksum behind them.

/** @import { Chain } from "./sigv4.mjs" */

import { Buffer } from "node:buffer";
import { R2Error } from "./errors.mjs";
import { hmac, same, sha256 } from "./sigv4.mjs";

const HEAD = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/;
const MAX_HEAD = 4096;
const EMPTY = sha256("");

/**
 * Whether x-amz-content-sha256 announces such a body.
 * @param {string} payload
 */
export const isChunked = (payload) => payload.startsWith("STREAMING-");

/**
 * The content of a chunked body, as a stream; `trailers` receives what stands behind it.
 * @param {ReadableStream} body
 * @param {string} payload
 * @param {Chain} chain
 * @param {Map<string, string>} trailers
 */
export function decode(body, payload, chain, trailers) {
  const parser = new Parser(payload.startsWith("STREAMING-AWS4") ? chain : null, trailers);
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
  #chain;
  #trailers;

  /** @type {{ size: number, signature: string | undefined } | null} while its content is awaited */
  #chunk = null;
  #done = false;

  /**
   * @param {Chain | null} chain
   * @param {Map<string, string>} trailers
   */
  constructor(chain, trailers) {
    this.#chain = chain;
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
    if (!this.#done) throw new R2Error("IncompleteBody");
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
    const [, size, signature] = HEAD.exec(line) ?? [];
    if (size === undefined) throw new R2Error("IncompleteBody");
    this.#chunk = { size: Number.parseInt(size, 16), signature };
    if (this.#chunk.size > 0) return true;
    this.#verify(Buffer.alloc(0), signature);
    this.#done = true;
    return true;
  }

  /**
   * @param {{ size: number, signature: string | undefined }} chunk
   * @param {(content: Uint8Array) => void} emit
   */
  #content({ size, signature }, emit) {
    if (this.#rest.length < size + 2) return false;
    const content = this.#rest.subarray(0, size);
    this.#verify(content, signature);
    emit(new Uint8Array(content));
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

  /**
   * Check a chunk's signature, which is made over the one before it.
   * @param {Uint8Array} content
   * @param {string | undefined} given
   */
  #verify(content, given) {
    if (this.#chain === null) return;
    const { key, stamp, scope, signature } = this.#chain;
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", stamp, scope, signature, EMPTY, sha256(content)].join("\n");
    const own = hmac(key, text).toString("hex");
    if (!same(own, given ?? "")) throw new R2Error("SignatureDoesNotMatch");
    this.#chain = { ...this.#chain, signature: own };
  }
}
