// Which part of a kept answer a request gets: all of it, some bytes, or the word that nothing changed.

const RANGE = /^bytes=(\d*)-(\d*)$/;

/** @typedef {{ from: number, to: number }} Range the end not included */

/**
 * The status of the answer and the bytes of it, null for none. `headers` are the kept ones; what goes with the
 * status is put into them.
 * @param {{ status: number, size: number }} kept
 * @param {Headers} headers
 * @param {Headers} asked
 * @returns {{ status: number, range: Range | null }}
 */
export function chosen({ status, size }, headers, asked) {
  const all = { from: 0, to: size };
  if (status !== 200) return { status, range: [204, 205, 304].includes(status) ? null : all };
  if (isUnchanged(headers, asked)) return { status: 304, range: null };
  const range = isOfThis(headers, asked) ? rangeOf(asked.get("range"), size) : undefined;
  if (range === undefined) return { status, range: all };
  headers.set("content-range", range ? `bytes ${range.from}-${range.to - 1}/${size}` : `bytes */${size}`);
  return { status: range ? 206 : 416, range };
}

/**
 * An etag decides alone where one is named, as in HTTP.
 * @param {Headers} headers
 * @param {Headers} asked
 */
function isUnchanged(headers, asked) {
  const named = asked.get("if-none-match");
  if (named !== null) {
    const etag = headers.get("etag");
    return named.split(",").some((each) => each.trim() === "*" || (etag !== null && weak(each) === weak(etag)));
  }
  return time(headers.get("last-modified")) <= time(asked.get("if-modified-since"));
}

/**
 * Whether a range is asked of what is kept, and not of an older answer (`If-Range`).
 * @param {Headers} headers
 * @param {Headers} asked
 */
function isOfThis(headers, asked) {
  const named = asked.get("if-range");
  return named === null || named === headers.get("etag") || named === headers.get("last-modified");
}

/**
 * The bytes that a `Range` header means: null when there are none of them, undefined when it is to be passed
 * over, as several ranges are.
 * @param {string | null} header
 * @param {number} size
 * @returns {Range | null | undefined}
 */
function rangeOf(header, size) {
  const [, first, last] = RANGE.exec(header?.trim() ?? "") ?? [];
  if (first === undefined || last === undefined || first + last === "") return undefined;
  return first === "" ? suffix(Number(last), size) : interval(Number(first), last === "" ? Infinity : Number(last), size);
}

/** @type {(count: number, size: number) => Range | null} */
const suffix = (count, size) => (count > 0 ? { from: Math.max(size - count, 0), to: size } : null);

/**
 * @param {number} first
 * @param {number} last
 * @param {number} size
 * @returns {Range | null | undefined}
 */
function interval(first, last, size) {
  if (last < first) return undefined;
  return first < size ? { from: first, to: Math.min(last + 1, size) } : null;
}

/** @param {string} etag */
const weak = (etag) => etag.trim().replace(/^W\//, "");

/** @param {string | null} date */
const time = (date) => Date.parse(date ?? ""); // no date is no number, which compares with nothing
