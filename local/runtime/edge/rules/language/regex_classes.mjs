// Classes of bytes in regular expressions, as tables of 256 places.

/** @typedef {Uint8Array} ByteClass */

/** @param {(byte: number) => boolean} has */
const table = (has) => Uint8Array.from({ length: 256 }, (_, byte) => Number(has(byte)));

/** @param {string} ranges pairs of characters: `azAZ` */
export function classOf(ranges) {
  const bytes = Array.from(ranges, (each) => each.charCodeAt(0));
  return table((byte) => bytes.some((low, place) => place % 2 === 0 && byte >= low && byte <= (bytes[place + 1] ?? 0)));
}

/** @param {ByteClass} given */
export const negated = (given) => given.map((has) => 1 - has);

/**
 * @param {ByteClass} left
 * @param {ByteClass} right
 * @param {"|" | "&&" | "--" | "~~"} how
 */
export function combined(left, right, how) {
  /** @type {Record<typeof how, (a: number, b: number) => number>} */
  const ways = { "|": (a, b) => a | b, "&&": (a, b) => a & b, "--": (a, b) => a & (1 - b), "~~": (a, b) => a ^ b };
  return left.map((has, byte) => ways[how](has, right[byte] ?? 0));
}

/** @param {ByteClass} given */
export function bothCases(given) {
  const both = given.slice();
  for (let small = 97; small <= 122; small += 1) {
    if (given[small] || given[small - 32]) both[small] = both[small - 32] = 1;
  }
  return both;
}

/**
 * Write a class as JavaScript does.
 * @param {ByteClass} given
 */
export function written(given) {
  let text = "";
  for (let byte = 0; byte < 256; byte += 1) {
    if (!given[byte]) continue;
    const first = byte;
    while (given[byte + 1]) byte += 1;
    text += first === byte ? character(first) : `${character(first)}-${character(byte)}`;
  }
  return text === "" ? "[]" : `[${text}]`;
}

/** @param {number} byte */
export const character = (byte) => `\\x${byte.toString(16).padStart(2, "0")}`;

const WORD = classOf("09AZaz__");
const DIGIT = classOf("09");
const BLANK = classOf("\t\r  ");

/** @type {Readonly<Record<string, ByteClass>>} */
export const NAMED = {
  d: DIGIT, D: negated(DIGIT), w: WORD, W: negated(WORD), s: BLANK, S: negated(BLANK),
};

/** @type {Readonly<Record<string, ByteClass>>} */
export const POSIX = {
  alnum: classOf("09AZaz"), alpha: classOf("AZaz"), ascii: classOf("\0\x7f"), blank: classOf("\t\t  "),
  cntrl: classOf("\0\x1f\x7f\x7f"), digit: DIGIT, graph: classOf("!~"), lower: classOf("az"), print: classOf(" ~"),
  punct: classOf("!/:@[`{~"), space: BLANK, upper: classOf("AZ"), word: WORD, xdigit: classOf("09AFaf"),
};
