// Which bytes of an object are asked for.

/**
 * Numbers of 64 bits arrive as text.
 * @typedef {{ offset?: number | string, length?: number | string, suffix?: number | string }} Asked
 */

/** @typedef {{ offset: number, length: number }} Range */

import { R2Error } from "./errors.mjs";

const HEADER = /^bytes=(\d*)-(\d*)$/;

/**
 * The bytes of `size` that `{offset, length, suffix}` means, as {offset, length}.
 * Throws InvalidRange when none of them exists.
 * @param {Asked} range
 * @param {number} size
 * @returns {Range}
 */
export function resolve(range, size) {
  const { offset, length, suffix } = numbers(range);
  if (suffix !== undefined) {
    if (suffix <= 0) throw new R2Error("InvalidRange");
    const kept = Math.min(suffix, size);
    return { offset: size - kept, length: kept };
  }
  const start = offset ?? 0;
  const wanted = length ?? size - start;
  if (start < 0 || start > size || wanted <= 0) throw new R2Error("InvalidRange");
  return { offset: start, length: Math.min(wanted, size - start) };
}

/**
 * The range of a `Range` header; undefined when it states none that R2 serves (several, malformed).
 * @param {string | null | undefined} header
 * @returns {Asked | undefined}
 */
export function fromHeader(header) {
  const [, from, to] = HEADER.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || (from === "" && to === "")) return undefined;
  if (from === "") return { suffix: Number(to) };
  if (to === "") return { offset: Number(from) };
  return Number(to) < Number(from) ? undefined : { offset: Number(from), length: Number(to) - Number(from) + 1 };
}

/**
 * Whether a `Range` header asks for bytes beyond the object.
 * @param {Asked} range
 * @param {number} size
 */
export function isBeyond({ offset }, size) {
  return offset !== undefined && Number(offset) >= size;
}

/**
 * @param {Asked} range
 * @returns {{ offset?: number, length?: number, suffix?: number }}
 */
function numbers(range) {
  return Object.fromEntries(Object.entries(range).map(([name, value]) => [name, Number(value)]));
}
