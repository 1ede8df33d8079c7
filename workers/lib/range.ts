import { ApiError } from "./errors";

/** A part of *size* bytes: from *offset*, *length* bytes. */
export interface ByteRange {
  offset: number;
  length: number;
}

/**
 * The part of *size* bytes that a `Range` header asks for (RFC 9110). `undefined`: all of it, also
 * when the header asks for several parts or is not understood. 416 when there is no such part.
 */
export function parseRange(header: string | null, size: number): ByteRange | undefined {
  const match = /^bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first, last, lastBytes] = match;
  const range =
    first === undefined ? suffix(Number(lastBytes), size) : between(Number(first), last ?? "", size);
  if (range === undefined || range.length > 0) return range;
  throw new ApiError(416, "range_not_satisfiable", `the document has ${size} bytes`, {
    "Content-Range": `bytes */${size}`,
  });
}

/** The `Content-Range` header of an answer with *range*. */
export function contentRange(range: ByteRange, size: number): string {
  return `bytes ${range.offset}-${range.offset + range.length - 1}/${size}`;
}

function suffix(length: number, size: number): ByteRange {
  const taken = Math.min(length, size);
  return { offset: size - taken, length: taken };
}

/** `undefined`: the header contradicts itself. */
function between(first: number, last: string, size: number): ByteRange | undefined {
  if (last !== "" && Number(last) < first) return undefined;
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return { offset: first, length: first < size ? end - first + 1 : 0 };
}
