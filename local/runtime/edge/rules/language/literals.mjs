// Literals. The same quoted text is another value after another operator: after `matches` a
// backslash stays as it is written, elsewhere it begins an escape.

import { range } from "./addresses.mjs";
import { fromArray } from "./bytes.mjs";

/** @import { Range } from "./addresses.mjs" */
/** @import { Scanner } from "./scanner.mjs" */

const RAW = /r(#*)"[^]*?"\1/y;
const PLAIN = /[^"\\]*/y;
const HEX_BYTE = /[0-9a-fA-F]{2}/y;
const OCTAL_BYTE = /[0-7]{3}/y;
const BYTES = /[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})+(?![0-9a-fA-F:])/y;
const NUMBER = /0x[0-9a-fA-F]+|-?0[0-7]+(?![0-9A-Za-z_])|-?(?:0|[1-9]\d*)(?![0-9A-Za-z_])/y;
const ADDRESS = /[0-9a-fA-F:.]+(?:\/\d+)?/y;
const LARGEST = 2n ** 63n;

/** @param {Scanner} scanner */
export function seesText(scanner) {
  return scanner.sees('"') || /^r#*"/.test(scanner.text.slice(scanner.at, scanner.at + 256));
}

/**
 * Read `"…"` or `r"…"`, escapes made what they stand for.
 * @param {Scanner} scanner
 */
export function readText(scanner) {
  return scanner.sees('"') ? readQuoted(scanner, escaped) : readRaw(scanner);
}

/**
 * Read a text, or bytes as `61:62`; undefined where neither stands.
 * @param {Scanner} scanner
 */
export function readBytes(scanner) {
  if (seesText(scanner)) return readText(scanner);
  const found = scanner.match(BYTES);
  return found === undefined ? undefined : fromArray(found.split(":").map((each) => parseInt(each, 16)));
}

/**
 * Read a regular expression, quoted or raw: of backslashes, only that before a quote is taken away.
 * @param {Scanner} scanner
 */
export function readPattern(scanner) {
  if (!seesText(scanner)) throw scanner.error('expected " or r');
  return scanner.sees('"') ? readQuoted(scanner, asWritten) : readRaw(scanner);
}

/**
 * Read a whole number: decimal, `0x` hexadecimal, `0` octal; undefined where none stands.
 * @param {Scanner} scanner
 */
export function readNumber(scanner) {
  const at = scanner.at;
  const found = scanner.match(NUMBER);
  if (found === undefined) return undefined;
  const octal = /^-?0[0-7]/.test(found);
  const size = BigInt(octal ? found.replace("-", "").replace(/^0/, "0o") : found.replace("-", ""));
  const exact = found.startsWith("-") ? -size : size;
  if (exact >= LARGEST || exact < -LARGEST) throw scanner.error("number too large", at);
  return Number(exact);
}

/**
 * Read `1` or `1..5`.
 * @param {Scanner} scanner
 */
export function readNumberRange(scanner) {
  const at = scanner.at;
  const low = readNumber(scanner);
  const high = low !== undefined && scanner.eat("..") ? readNumber(scanner) : low;
  if (low === undefined || high === undefined) throw scanner.error("expected digit");
  if (low > high) throw scanner.error("incompatible range bounds", at);
  return { low, high };
}

/**
 * Read an address; with `several`, a network or a range too. Undefined where none begins.
 * @param {Scanner} scanner
 * @param {boolean} several
 * @returns {Range | undefined}
 */
export function readAddress(scanner, several) {
  const at = scanner.at;
  const found = scanner.match(ADDRESS);
  if (found === undefined) return undefined;
  const given = range(found);
  if (given === undefined || (!several && (found.includes("/") || found.includes("..")))) {
    throw scanner.error(`${found} is no address${several ? ", network or range" : ""}`, at);
  }
  return given;
}

/** @param {Scanner} scanner */
function readRaw(scanner) {
  const found = scanner.match(RAW);
  if (found === undefined) throw scanner.error("could not find an ending quote");
  const hashes = found.indexOf('"') - 1;
  return found.slice(hashes + 2, found.length - hashes - 1);
}

/**
 * @param {Scanner} scanner
 * @param {(scanner: Scanner) => string} escape reads what stands after a backslash
 */
function readQuoted(scanner, escape) {
  const at = scanner.at;
  scanner.need('"');
  let text = "";
  for (;;) {
    text += scanner.match(PLAIN) ?? "";
    if (scanner.eat('"')) return text;
    if (!scanner.eat("\\")) throw scanner.error("could not find an ending quote", at);
    text += escape(scanner);
  }
}

/** @param {Scanner} scanner */
function escaped(scanner) {
  if (scanner.eat('"')) return '"';
  if (scanner.eat("\\")) return "\\";
  const digits = scanner.eat("x") ? scanner.match(HEX_BYTE) : undefined;
  const code = digits === undefined ? parseInt(scanner.match(OCTAL_BYTE) ?? "", 8) : parseInt(digits, 16);
  if (!(code < 256)) throw scanner.error('expected ", \\, xHH or OOO after \\');
  return String.fromCharCode(code);
}

/** @param {Scanner} scanner */
function asWritten(scanner) {
  if (scanner.ended) return "";
  const next = scanner.text[scanner.at] ?? "";
  scanner.at += 1;
  return next === '"' ? next : `\\${next}`;
}
