import { ApiError, invalid } from "./errors";
import type { Json } from "./json";

/** 413: the body is larger than *limit* bytes. */
export function tooLarge(limit: number): ApiError {
  return new ApiError(413, "body_too_large", `the body must not be larger than ${limit} bytes`);
}

/** Declared size of the body in bytes, or `undefined` when it is not declared. */
export function contentLength(request: Request): number | undefined {
  const declared = request.headers.get("Content-Length");
  return declared !== null && /^\d{1,15}$/.test(declared) ? Number(declared) : undefined;
}

/** The body as JSON. 400 when it is none, 413 above *limit* bytes. */
export async function readJson(request: Request, limit: number): Promise<Json> {
  return parseJson(await readBytes(request, limit));
}

/** *bytes* of a body as JSON. 400 when they are none. */
export function parseJson(bytes: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)) as Json;
  } catch {
    throw invalid("the body", "JSON in UTF-8");
  }
}

/** The pieces of a body that may be absent. */
export async function* chunksOf(body: Request["body"]): AsyncGenerator<Uint8Array, void> {
  if (body !== null) yield* body as ReadableStream<Uint8Array>;
}

/** The body as it was sent. 413 above *limit* bytes. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const declared = contentLength(request);
  if (declared === undefined) return readPieces(request, limit);
  if (declared > limit) throw tooLarge(limit);
  // The runtime passes on no more than what was declared, and at once is cheaper than piece by piece.
  const bytes = new Uint8Array(await request.arrayBuffer());
  if (bytes.byteLength > limit) throw tooLarge(limit);
  return bytes;
}

async function readPieces(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunksOf(request.body)) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return concat(chunks, size);
}

/** *chunks*, in their order, as one array of *size* bytes. */
export function concat(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}
