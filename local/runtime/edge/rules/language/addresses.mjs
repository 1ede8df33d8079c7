// Addresses as texts that sort as addresses do: a letter for the family, then hexadecimal digits.
// So a comparison is one of strings, and addresses of two families are never in one range.

const V4 = "4";
const V6 = "6";
const WIDTH = { [V4]: 8, [V6]: 32 };
const NUMBER = /^\d+$/;
const GROUP = /^[0-9a-f]{1,4}$/i;

/** @typedef {{ low: string, high: string }} Range */

/**
 * Return an address as a text that can be compared; undefined for what is none. An IPv6 address that
 * stands for an IPv4 one stays of its family: the socket is where such a one is made IPv4.
 * @param {string} text
 * @returns {string | undefined}
 */
export function address(text) {
  const digits = text.includes(":") ? sixteen(text) : four(text);
  return digits && (text.includes(":") ? V6 : V4) + digits;
}

/**
 * Return the addresses of `first`, `first/length` or `first..last`; undefined for what is none.
 * @param {string} text
 * @returns {Range | undefined}
 */
export function range(text) {
  const [first = "", last] = text.split("..");
  if (last !== undefined) return between(address(first), address(last));
  const [base = "", length] = text.split("/");
  if (length === undefined) return between(address(base), address(base));
  return network(address(padded(base)), Number(length));
}

/**
 * Return the first `length` bits of an address, the rest zero.
 * @param {string} value
 * @param {number} length
 */
export function masked(value, length) {
  return cut(value, length, "0");
}

/**
 * @param {string | undefined} low
 * @param {string | undefined} high
 */
function between(low, high) {
  if (low === undefined || high === undefined) return undefined;
  return low[0] === high[0] && low <= high ? { low, high } : undefined;
}

/**
 * @param {string | undefined} base
 * @param {number} length
 */
function network(base, length) {
  if (base === undefined || !(length <= WIDTH[family(base)] * 4)) return undefined;
  return masked(base, length) === base ? { low: base, high: cut(base, length, "f") } : undefined;
}

/** @param {string} value */
const family = (value) => (value.startsWith(V4) ? V4 : V6);

// `10.1/16` is short for `10.1.0.0/16`.
/** @param {string} base */
function padded(base) {
  if (base.includes(":")) return base;
  const parts = base.split(".");
  return [...parts, "0", "0", "0"].slice(0, Math.max(4, parts.length)).join(".");
}

/**
 * @param {string} value
 * @param {number} length
 * @param {"0" | "f"} rest
 */
function cut(value, length, rest) {
  const whole = length >> 2;
  const kept = value.slice(0, 1 + whole);
  if (kept.length === value.length) return value;
  const digit = parseInt(value[1 + whole] ?? "0", 16);
  const low = (1 << (4 - (length & 3))) - 1;
  const edge = rest === "0" ? digit & ~low : digit | low;
  return (kept + edge.toString(16)).padEnd(value.length, rest);
}

/** @param {string} text */
function four(text) {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => NUMBER.test(part) && Number(part) < 256)) return undefined;
  return parts.map((part) => hex(Number(part), 2)).join("");
}

/**
 * @param {number} number
 * @param {number} width
 */
const hex = (number, width) => number.toString(16).padStart(width, "0");

/** @param {string} text */
function sixteen(text) {
  const [before, after, more] = text.split("::");
  if (more !== undefined) return undefined;
  const head = groups(before ?? "");
  const tail = groups(after ?? "");
  if (head === undefined || tail === undefined) return undefined;
  const missing = WIDTH[V6] - head.length - tail.length;
  if (after === undefined ? missing !== 0 : missing < 4) return undefined;
  return head + "0".repeat(missing) + tail;
}

/** @param {string} text */
function groups(text) {
  if (text === "") return "";
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  const dotted = last.includes(".") ? four(last) : "";
  if (dotted === undefined) return undefined;
  const plain = dotted === "" ? parts : parts.slice(0, -1);
  if (!plain.every((part) => GROUP.test(part))) return undefined;
  return plain.map((part) => part.toLowerCase().padStart(4, "0")).join("") + dotted;
}
