// Listing the keys of a bucket, in the order of their bytes.

/** @import { StoredObject } from "./schema.mjs" */

/**
 * Where a listing goes on: at a key, or behind it.
 * @typedef {{ from: string, strictly: boolean }} Place
 */

/**
 * @typedef {object} Options
 * @property {string} prefix of the keys
 * @property {string} delimiter that ends what keys are listed under; none where it is empty
 * @property {string | undefined} [startAfter]
 * @property {string | undefined} [cursor]
 * @property {number} limit
 */

/** `last` is the key or the prefix that was found last. @typedef {{ objects: StoredObject[], prefixes: string[], last: string, cursor?: string }} Page */

const MAX_BYTES = 256 * 1024; // the Workers binding takes no larger answer than 1 MiB
const PAGE = 256;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;
const LAST = 0x10ffff;

/**
 * The least text above every text that begins with `prefix`; null when there is none.
 * @param {string} prefix
 */
function above(prefix) {
  const points = Array.from(prefix);
  for (;;) {
    const last = points.pop()?.codePointAt(0);
    if (last === undefined) return null;
    if (last === LAST) continue;
    const next = last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1;
    return points.join("") + String.fromCodePoint(next);
  }
}

/**
 * One page, without a cursor on the last. `rows` returns at most `count` objects from a key on.
 * @param {(place: Place, end: string | null, count: number) => StoredObject[]} rows
 * @param {Options} options
 * @returns {Page}
 */
export function page(rows, { prefix, delimiter, startAfter, cursor, limit }) {
  const end = above(prefix);
  /** @type {Page} */
  const found = { objects: [], prefixes: [], last: "" };
  let bytes = 0;
  const isFull = () => found.objects.length + found.prefixes.length === limit || bytes > MAX_BYTES;
  let place = firstPlace(prefix, startAfter, cursor);
  for (;;) {
    const batch = rows(place, end, PAGE);
    /** @type {string | null | undefined} where the keys behind a group begin; null when none can */
    let behind;
    for (const row of batch) {
      if (isFull()) return { ...found, cursor: encode(place) };
      const group = groupOf(row.key, prefix, delimiter);
      if (group !== undefined) {
        found.prefixes.push(group);
        found.last = group;
        behind = above(group);
        break;
      }
      found.objects.push(row);
      found.last = row.key;
      bytes += JSON.stringify(row).length;
      place = { from: row.key, strictly: true };
    }
    if (behind === null || (behind === undefined && batch.length < PAGE)) return found;
    if (behind !== undefined) place = { from: behind, strictly: false };
  }
}

/**
 * @param {string} prefix
 * @param {string | undefined} startAfter
 * @param {string | undefined} cursor
 * @returns {Place}
 */
function firstPlace(prefix, startAfter, cursor) {
  if (cursor !== undefined) return decode(cursor);
  if (startAfter !== undefined && startAfter >= prefix) return { from: startAfter, strictly: true };
  return { from: prefix, strictly: false };
}

/**
 * What a key is listed under, up to the delimiter behind the prefix; undefined for itself.
 * @param {string} key
 * @param {string} prefix
 * @param {string} delimiter
 */
function groupOf(key, prefix, delimiter) {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

/**
 * Where a listing goes on behind a marker. That may be what keys were listed under: then behind all of
 * them.
 * @param {string} marker
 * @param {string} prefix
 * @param {string} delimiter
 * @returns {{ startAfter: string } | { cursor: string }}
 */
export function behind(marker, prefix, delimiter) {
  const isGroup = marker.startsWith(prefix) && groupOf(marker, prefix, delimiter) === marker;
  const next = isGroup ? above(marker) : null;
  return next === null ? { startAfter: marker } : { cursor: encode({ from: next, strictly: false }) };
}

/** @param {Place} place */
const encode = (place) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(place))));

/**
 * @param {string} cursor
 * @returns {Place}
 */
function decode(cursor) {
  const bytes = Uint8Array.from(atob(cursor), (character) => character.charCodeAt(0));
  const { from, strictly } = /** @type {Record<string, unknown>} */ (JSON.parse(new TextDecoder().decode(bytes)));
  return { from: String(from), strictly: Boolean(strictly) };
}

/**
 * Whether a text is a cursor of ours.
 * @param {string} text
 */
export function isCursor(text) {
  try {
    return typeof decode(text).from === "string";
  } catch {
    return false;
  }
}
