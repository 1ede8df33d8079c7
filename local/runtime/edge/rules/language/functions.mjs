// Functions of the Rules language over values that are there. What is missing (nil) stays missing
// before any of these is called; `concat` alone takes it for an empty text.

import { masked } from "./addresses.mjs";
import { fromArray, lower, toBytes, toText, upper } from "./bytes.mjs";
import { regex } from "./regex.mjs";

/** @typedef {(first: unknown, ...rest: unknown[]) => unknown} Made */

/**
 * The literals of a call, in order: all of them, and those that are texts or numbers.
 * @typedef {{ path: (string | number)[], texts: string[], numbers: number[] }} Literals
 */

const ESCAPED = /%([0-9a-fA-F]{2})|%u([0-9a-fA-F]{4})|\+/g;
const MOST_ROUNDS = 10;

// The parser has seen to it that values are of the type that a function takes.
/** @type {(run: (first: string, second: string) => unknown) => Made} */
const onText = (run) => /** @type {Made} */ (/** @type {unknown} */ (run));
/** @type {(run: (array: string[]) => unknown) => Made} */
const onArray = (run) => /** @type {Made} */ (/** @type {unknown} */ (run));
/** @type {(run: (map: Map<string, string[]>) => unknown) => Made} */
const onMap = (run) => /** @type {Made} */ (/** @type {unknown} */ (run));

/**
 * What a call does, made once from its literals: a literal is known when a ruleset is compiled.
 * @type {Readonly<Record<string, (literals: Literals) => Made>>}
 */
export const MAKERS = {
  cidr: ({ numbers: [four = 0, six = 0] }) => onText((address) => masked(address, address.startsWith("4") ? four : six)),
  cidr6: ({ numbers: [six = 0] }) => onText((address) => (address.startsWith("6") ? masked(address, six) : address)),
  decode_base64: () => onText(decoded),
  encode_base64: () => onText((text) => btoa(text)),
  ends_with: () => onText((text, end) => text.endsWith(end)),
  has_key: ({ texts: [key = ""] }) => onMap((map) => map.has(key)),
  has_value: ({ texts: [value = ""] }) => onArray((array) => array.includes(value)),
  join: ({ texts: [between] }) => onArray((array) => array.join(between)),
  len: () => onText((text) => text.length),
  lookup_json_integer: ({ path }) => onText((text) => found(text, path, "number")),
  lookup_json_string: ({ path }) => onText((text) => found(text, path, "string")),
  lower: () => onText(lower),
  regex_replace: ({ texts: [pattern = "", put = ""] }) => replacer(pattern, put),
  remove_bytes: ({ texts: [bytes = ""] }) => onText((text) => Array.from(text).filter((each) => !bytes.includes(each)).join("")),
  split: ({ texts: [at = ""], numbers: [most] }) => onText((text) => pieces(text, at, most)),
  starts_with: () => onText((text, start) => text.startsWith(start)),
  substring: ({ numbers: [from, to] }) => onText((text) => text.slice(from, to)),
  to_string: () => String,
  upper: () => onText(upper),
  url_decode: ({ texts: [options = ""] }) => onText((text) => urlDecoded(text, options)),
  wildcard_replace: ({ texts: [pattern = "", put = "", options = ""] }) => wildcardReplacer(pattern, put, options),
};

/** @param {string} text */
function decoded(text) {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} text
 * @param {(string | number)[]} path
 * @param {"string" | "number"} kind
 */
function found(text, path, kind) {
  try {
    const value = path.reduce(inside, JSON.parse(toText(text)));
    if (typeof value !== kind || (kind === "number" && !Number.isSafeInteger(value))) return undefined;
    return typeof value === "string" ? toBytes(value) : value;
  } catch {
    return undefined;
  }
}

/**
 * @param {unknown} value
 * @param {string | number} key
 */
const inside = (value, key) => /** @type {Record<string | number, unknown> | undefined} */ (value)?.[key];

/**
 * Replace the first match; `${1}` stands for what the first group found.
 * @param {string} pattern
 * @param {string} put
 * @returns {Made}
 */
function replacer(pattern, put) {
  const search = regex(pattern, true);
  return onText((text) => text.replace(search, (/** @type {string[]} */ ...groups) => filled(put, groups)));
}

/**
 * @param {string} put
 * @param {(string | undefined)[]} groups the whole match, then its groups
 */
function filled(put, groups) {
  return put.replace(/\$\{(\d+)\}|\$\$/g, (whole, /** @type {string | undefined} */ number) =>
    number === undefined ? whole.slice(1) : (groups[Number(number)] ?? ""),
  );
}

/**
 * @param {string} pattern
 * @param {string} put
 * @param {string} options `s`: capitals count
 * @returns {Made}
 */
function wildcardReplacer(pattern, put, options) {
  const source = pattern.replace(/\\[\\*]|\*|[^A-Za-z0-9]/g, (each) => (each === "*" ? "([^]*?)" : quoted(each.at(-1) ?? "")));
  const search = new RegExp(`^${source}$`, options.includes("s") ? "" : "i");
  return onText((text) => {
    const groups = search.exec(text);
    return groups === null ? text : filled(put, groups);
  });
}

/** @param {string} byte */
const quoted = (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`;

/**
 * @param {string} text
 * @param {string} at
 * @param {number | undefined} most the last piece is the rest
 */
function pieces(text, at, most) {
  const all = at === "" ? [text] : text.split(at);
  if (most === undefined || all.length <= most) return all;
  return most < 1 ? [] : [...all.slice(0, most - 1), all.slice(most - 1).join(at)];
}

/**
 * Decode `%2F` and `+`; what is no escape stays. Options: `r` again until nothing changes, `u` also `%u0041`.
 * @param {string} text
 * @param {string} options
 * @returns {string}
 */
export function urlDecoded(text, options) {
  let before = text;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const after = before.replace(ESCAPED, (whole, /** @type {string | undefined} */ byte, /** @type {string | undefined} */ wide) => unescaped(whole, byte, wide, options));
    if (after === before || !options.includes("r")) return after;
    before = after;
  }
  return before;
}

/**
 * @param {string} whole
 * @param {string | undefined} byte
 * @param {string | undefined} wide
 * @param {string} options
 */
function unescaped(whole, byte, wide, options) {
  if (whole === "+") return " ";
  if (byte !== undefined) return fromArray([parseInt(byte, 16)]);
  return wide !== undefined && options.includes("u") ? toBytes(String.fromCharCode(parseInt(wide, 16))) : whole;
}
