// Wildcards: `*` is any text, `\*` and `\\` are what they stand for. The whole value has to match.

import { lower } from "./bytes.mjs";

const MOST_STARS = 10;
const PIECE = /\\[\\*]|[^\\*]|\*/gy;

/**
 * Make a test for `pattern`. Throws an Error with the reason for one that is none.
 * @param {string} pattern
 * @param {boolean} strict whether capitals count
 * @returns {(value: string) => boolean}
 */
export function wildcard(pattern, strict) {
  const parts = split(strict ? pattern : lower(pattern));
  const test = parts.length === 1 ? equal(parts[0] ?? "") : inOrder(parts);
  return strict ? test : (value) => test(lower(value));
}

/** @param {string} pattern */
function split(pattern) {
  const pieces = pattern.match(PIECE) ?? [];
  if (pieces.join("").length !== pattern.length) throw new Error("invalid escape sequence in a wildcard");
  const parts = [""];
  let before = "";
  for (const piece of pieces) {
    if (piece === "*" && before === "*") throw new Error("wildcard contains a double star");
    if (piece === "*") parts.push("");
    else parts.push((parts.pop() ?? "") + (piece.at(-1) ?? ""));
    before = piece;
  }
  if (parts.length - 1 > MOST_STARS) throw new Error(`wildcard has ${parts.length - 1} star metacharacters, but the limit is ${MOST_STARS}`);
  return parts;
}

/**
 * @param {string} text
 * @returns {(value: string) => boolean}
 */
const equal = (text) => (value) => value === text;

/**
 * @param {string[]} parts
 * @returns {(value: string) => boolean}
 */
function inOrder(parts) {
  const first = parts[0] ?? "";
  const last = parts.at(-1) ?? "";
  const middle = parts.slice(1, -1);
  return (value) => {
    if (!value.startsWith(first) || !value.endsWith(last)) return false;
    let at = first.length;
    for (const part of middle) {
      const found = value.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return at <= value.length - last.length;
  };
}
