// Listing the keys of a bucket, in the order of their bytes.

const MAX_BYTES = 256 * 1024; // the Workers binding takes no larger answer than 1 MiB
const PAGE = 256;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;
const LAST = 0x10ffff;

/** The least text above every text that begins with `prefix`; null when there is none. */
export function above(prefix) {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop().codePointAt(0);
    if (last === LAST) continue;
    const next = last === BEFORE_SURROGATES ? AFTER_SURROGATES : last + 1;
    return points.join("") + String.fromCodePoint(next);
  }
  return null;
}

/**
 * One page: `{objects, prefixes, cursor}`, without a cursor on the last.
 * `rows(from, strictly, end, count)` answers at most `count` rows from a key on.
 */
export function page(rows, { prefix = "", delimiter = "", startAfter, cursor, limit }) {
  const end = above(prefix);
  const found = { objects: [], prefixes: [] };
  let place = firstPlace(prefix, startAfter, cursor);
  let bytes = 0;
  for (;;) {
    const batch = rows(place.from, place.strictly, end, PAGE);
    for (const row of batch) {
      if (found.objects.length + found.prefixes.length === limit || bytes > MAX_BYTES) {
        return { ...found, cursor: encode(place) };
      }
      const group = groupOf(row.key, prefix, delimiter);
      if (group === undefined) {
        found.objects.push(row);
        bytes += JSON.stringify(row).length;
        place = { from: row.key, strictly: true };
        continue;
      }
      found.prefixes.push(group);
      place = { from: above(group), strictly: false };
      break;
    }
    const skipped = place.strictly === false && batch.length > 0;
    if (place.from === null || (!skipped && batch.length < PAGE)) return found;
  }
}

function firstPlace(prefix, startAfter, cursor) {
  if (cursor !== undefined) return decode(cursor);
  if (startAfter !== undefined && startAfter >= prefix) return { from: startAfter, strictly: true };
  return { from: prefix, strictly: false };
}

function groupOf(key, prefix, delimiter) {
  if (delimiter === "") return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
}

const encode = (place) => btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(place))));

function decode(cursor) {
  const bytes = Uint8Array.from(atob(cursor), (character) => character.charCodeAt(0));
  const { from, strictly } = JSON.parse(new TextDecoder().decode(bytes));
  return { from: String(from), strictly: Boolean(strictly) };
}

/** Whether a text is a cursor of ours. */
export function isCursor(text) {
  try {
    return typeof decode(text).from === "string";
  } catch {
    return false;
  }
}
