// Bodies in chunks with headers of their own (`aws-chunked`), signed chunk by chunk or not at all,
// with or without a checksum behind them.

import { Buffer } from "node:buffer";
import { R2Error } from "./errors.mjs";
import { hmac, same, sha256 } from "./sigv4.mjs";

const HEAD = /^([0-9a-f]+)(?:;chunk-signature=([0-9a-f]{64}))?$/;
const MAX_HEAD = 4096;
const EMPTY = sha256("");

/** Whether x-amz-content-sha256 announces such a body. */
export const isChunked = (payload) => payload.startsWith("STREAMING-");

/** The content of a chunked body, as a stream; `trailers` receives what stands behind it. */
export function decode(body, payload, chain, trailers) {
  const parser = new Parser(payload.startsWith("STREAMING-AWS4") ? chain : null, trailers);
  return body.pipeThrough(
    new TransformStream({
      transform: (bytes, controller) => parser.take(bytes, (content) => controller.enqueue(content)),
      flush: () => parser.end(),
    }),
  );
}

class Parser {
  #rest = Buffer.alloc(0);
  #chain;
  #trailers;
  #chunk = null; // {size, signature} while its content is awaited
  #done = false;

  constructor(chain, trailers) {
    this.#chain = chain;
    this.#trailers = trailers;
  }

  take(bytes, emit) {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#step(emit));
  }

  end() {
    if (!this.#done) throw new R2Error("IncompleteBody");
  }

  #step(emit) {
    if (this.#done) return this.#trailer();
    return this.#chunk === null ? this.#head() : this.#content(emit);
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
    this.#verify(Buffer.alloc(0));
    this.#done = true;
    return true;
  }

  #content(emit) {
    const { size } = this.#chunk;
    if (this.#rest.length < size + 2) return false;
    const content = this.#rest.subarray(0, size);
    this.#verify(content);
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

  // Each signature is made over the one before it.
  #verify(content) {
    if (this.#chain === null) return;
    const { key, stamp, scope, signature } = this.#chain;
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", stamp, scope, signature, EMPTY, sha256(content)].join("\n");
    const own = hmac(key, text).toString("hex");
    if (!same(own, this.#chunk.signature ?? "")) throw new R2Error("SignatureDoesNotMatch");
    this.#chain = { ...this.#chain, signature: own };
  }
}
