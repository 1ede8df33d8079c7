// Regular expressions of the Rules language, which are those of Rust over bytes, as JavaScript's. What
// JavaScript reads otherwise (classes, flags, anchors, letters of both cases) is written out.

import { toBytes } from "./bytes.mjs";
import { NAMED, POSIX, bothCases, character, classOf, combined, negated, written } from "./regex_classes.mjs";
import { Scanner } from "./scanner.mjs";

/** @import { ByteClass } from "./regex_classes.mjs" */

/** @typedef {{ i: boolean, m: boolean, s: boolean, x: boolean }} Flags */

const COUNT = /\{ *(\d+) *(?:, *(\d+)? *)?\}/y;
const GROUP = /\(\?(?:P?<[A-Za-z_][\w.[\]]*>|:|(?:[imsxu]+(?:-[imsxu]+)?|-[imsxu]+)[:)])/y;
const HEX = /x[0-9a-fA-F]{2}|[xuU]\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y;
const MULTIBYTE = /[\xc0-\xff][\x80-\xbf]+/y;
const POSIX_CLASS = /\[:(\^?)(\w+):\]/y;
const COMMENT = /(?:\s|#[^\n]*)+/y;
const CONTROL = { a: "\x07", f: "\f", t: "\t", n: "\n", r: "\r", v: "\v" };
const EDGES = {
  A: "(?<![^])", z: "(?![^])", B: "\\B", b: "\\b", "<": "(?<!\\w)(?=\\w)", ">": "(?<=\\w)(?!\\w)",
  "b{start}": "(?<!\\w)(?=\\w)", "b{end}": "(?<=\\w)(?!\\w)", "b{start-half}": "(?<!\\w)", "b{end-half}": "(?!\\w)",
};
/** What a sign is without its flag, and with it. */
const SIGNS = { ".": ["[^\\n]", "[^]"], "^": ["(?:(?<![^]))", "(?:(?<![^\\n]))"], $: ["(?:(?![^]))", "(?:(?![^\\n]))"] };
const EDGE = /b\{(?:start|end)(?:-half)?\}|[AzBb<>]/y;
const ESCAPABLE = /[^0-9A-Za-z<>\x80-\xff]/;

/**
 * Return `source` as a regular expression over strings of bytes. Throws an ExpressionError.
 * `grouped` keeps what groups found.
 * @param {string} source
 * @param {boolean} [grouped]
 */
export function regex(source, grouped = false) {
  return new RegExp(new Translator(source, grouped).whole());
}

class Translator {
  /**
   * @param {string} source
   * @param {boolean} grouped
   */
  constructor(source, grouped) {
    this.grouped = grouped;
    this.scanner = new Scanner("");
    this.scanner.text = source;
  }

  whole() {
    const text = this.alternatives({ i: false, m: false, s: false, x: false });
    if (!this.scanner.ended) throw this.scanner.error("unopened group");
    return text;
  }

  /**
   * Read up to the end or a closing bracket. Flags set within hold to that end.
   * @param {Flags} given
   * @returns {string}
   */
  alternatives(given) {
    const flags = { ...given };
    let text = "";
    while (!this.scanner.ended && !this.scanner.sees(")")) {
      if (flags.x && this.scanner.match(COMMENT)) continue;
      text += this.scanner.eat("|") ? "|" : this.repeated(flags);
    }
    return text;
  }

  /** @param {Flags} flags */
  repeated(flags) {
    let text = this.atom(flags);
    let times = 0;
    for (let count = this.count(flags); count !== undefined; count = this.count(flags)) {
      if (text === "") throw this.scanner.error("repetition operator missing expression");
      text = (times > 0 ? `(?:${text})` : text) + count;
      times += 1;
    }
    return text;
  }

  /** @param {Flags} flags */
  count(flags) {
    if (flags.x) this.scanner.match(COMMENT);
    const found = this.scanner.match(/[*+?]/y) ?? this.numbers();
    if (found === undefined) return undefined;
    return found + (this.scanner.match(/\?/y) ?? "");
  }

  numbers() {
    if (!this.scanner.sees("{")) return undefined;
    const found = this.scanner.match(COUNT);
    if (found === undefined) throw this.scanner.error("repetition quantifier expects a valid decimal");
    const [low = 0, high = Infinity] = found.match(/\d+/g)?.map(Number) ?? [];
    if (found.includes(",") && low > high) throw this.scanner.error("invalid repetition count range");
    return found.replaceAll(" ", "");
  }

  /**
   * Read one thing that can be repeated, as a text that can be.
   * @param {Flags} flags
   * @returns {string}
   */
  atom(flags) {
    const { scanner } = this;
    if (scanner.sees("(")) return this.group(flags);
    if (scanner.sees("[")) return written(this.cased(this.byteClass(flags), flags));
    const sign = scanner.match(/[.^$]/y);
    if (sign !== undefined) return SIGNS[/** @type {keyof typeof SIGNS} */ (sign)][Number(sign === "." ? flags.s : flags.m)] ?? "";
    if (scanner.eat("\\")) return this.escape(flags);
    const many = scanner.match(MULTIBYTE);
    return many === undefined ? this.literal(this.next(), flags) : sequence(many);
  }

  /** @param {Flags} flags */
  group(flags) {
    const { scanner } = this;
    const inner = { ...flags };
    const opening = scanner.match(GROUP) ?? "(";
    if (opening.length > 1) {
      if (!opening.includes("<")) this.switched(opening, inner);
      if (opening.endsWith(")")) {
        Object.assign(flags, inner);
        return "";
      }
    } else if (scanner.sees("(?")) {
      throw scanner.error("look-around, and this kind of group, is not supported");
    } else scanner.need("(");
    const keeps = this.grouped && !opening.endsWith(":");
    const text = this.alternatives(inner);
    if (!scanner.eat(")")) throw scanner.error("unclosed group");
    return keeps ? `(${text})` : `(?:${text})`;
  }

  /**
   * @param {string} group `(?i-s:`
   * @param {Flags} flags
   */
  switched(group, flags) {
    let on = true;
    for (const each of group.slice(2, -1)) {
      if (each === "-") on = false;
      else if (each === "u" && on) throw this.scanner.error("Unicode not allowed here");
      else if (each !== "u") flags[/** @type {keyof Flags} */ (each)] = on;
    }
  }

  /** @param {Flags} flags */
  escape(flags) {
    const edge = this.scanner.match(EDGE);
    if (edge !== undefined) return `(?:${EDGES[/** @type {keyof typeof EDGES} */ (edge)]})`;
    const named = this.namedClass();
    if (named !== undefined) return written(named);
    const bytes = this.escapedBytes();
    return bytes.length === 1 ? this.plain(bytes, flags) : sequence(bytes);
  }

  namedClass() {
    const name = this.scanner.match(/[dDwWsS]/y);
    return name === undefined ? undefined : NAMED[name];
  }

  /** Read what stands after a backslash and means bytes. A number in braces is a character. */
  escapedBytes() {
    const hex = this.scanner.match(HEX);
    if (hex !== undefined) {
      const code = parseInt(hex.replace(/[xuU{}]/g, ""), 16);
      return /^x[^{]/.test(hex) ? String.fromCharCode(code) : toBytes(String.fromCodePoint(code));
    }
    const next = this.next();
    const control = CONTROL[/** @type {keyof typeof CONTROL} */ (next)];
    if (next in CONTROL) return control;
    if (!ESCAPABLE.test(next)) throw this.scanner.error(`unrecognized escape sequence \\${next}`);
    return next;
  }

  /**
   * @param {string} byte
   * @param {Flags} flags
   */
  literal(byte, flags) {
    if ("*+?{".includes(byte)) throw this.scanner.error("repetition operator missing expression");
    return this.plain(byte, flags);
  }

  /**
   * @param {string} byte
   * @param {Flags} flags
   */
  plain(byte, flags) {
    const letter = flags.i && /[A-Za-z]/.test(byte);
    return letter ? `[${byte.toLowerCase()}${byte.toUpperCase()}]` : character(byte.charCodeAt(0));
  }

  next() {
    const { scanner } = this;
    if (scanner.ended) throw scanner.error("incomplete escape sequence");
    const byte = scanner.text[scanner.at] ?? "";
    scanner.at += 1;
    return byte;
  }

  /**
   * @param {ByteClass} given
   * @param {Flags} flags
   */
  cased(given, flags) {
    return flags.i ? bothCases(given) : given;
  }

  /**
   * Read `[…]`.
   * @param {Flags} flags
   * @returns {ByteClass}
   */
  byteClass(flags) {
    const { scanner } = this;
    scanner.need("[");
    const isNegated = scanner.eat("^");
    let total = scanner.sees("]") ? this.item(flags) : classOf("");
    /** @type {ByteClass | undefined} */
    let left;
    /** @type {"&&" | "--" | "~~"} */
    let how = "&&";
    while (!scanner.eat("]")) {
      /** @type {string | undefined} */
      const operator = scanner.match(/&&|--|~~/y);
      if (operator === undefined) total = combined(total, this.item(flags), "|");
      else {
        left = left === undefined ? total : combined(left, total, how);
        total = classOf("");
        how = /** @type {"&&" | "--" | "~~"} */ (operator);
      }
    }
    const found = this.cased(left === undefined ? total : combined(left, total, how), flags);
    return isNegated ? negated(found) : found;
  }

  /** @param {Flags} flags */
  item(flags) {
    const { scanner } = this;
    if (flags.x) scanner.match(COMMENT);
    const posix = this.posix();
    if (posix !== undefined) return posix;
    if (scanner.sees("[")) return this.byteClass(flags);
    const low = this.place();
    if (!/^-[^\]-]/.test(scanner.text.slice(scanner.at, scanner.at + 2))) return typeof low === "string" ? classOf(low + low) : low;
    scanner.need("-");
    const high = this.place();
    if (typeof low !== "string" || typeof high !== "string") throw scanner.error("invalid range boundary, must be a literal");
    if (low > high) throw scanner.error("invalid character class range");
    return classOf(low + high);
  }

  /** Read `[:alpha:]`; with another name it is a class of these characters. */
  posix() {
    const { at } = this.scanner;
    const name = this.scanner.match(POSIX_CLASS);
    const found = name === undefined ? undefined : POSIX[name.replace(/\W/g, "")];
    if (name !== undefined && found === undefined) this.scanner.at = at;
    return found && (name?.startsWith("[:^") ? negated(found) : found);
  }

  /** Read one byte of a class, or a class of its own. */
  place() {
    const { scanner } = this;
    if (scanner.ended) throw scanner.error("unclosed character class");
    const named = scanner.sees("\\") && /[dDwWsS]/.test(scanner.text[scanner.at + 1] ?? "");
    const escaped = scanner.eat("\\");
    if (named) return this.namedClass() ?? classOf("");
    const byte = escaped ? this.escapedBytes() : this.next();
    if (byte.length > 1 || (!escaped && byte > "\x7f")) throw scanner.error("Unicode not allowed here");
    return byte;
  }
}

/** @param {string} bytes */
const sequence = (bytes) => `(?:${Array.from(bytes, (each) => character(each.charCodeAt(0))).join("")})`;
