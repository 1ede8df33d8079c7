// Reads an expression of the Rules language, by the grammar that Cloudflare's own parser has:
//
//   or      := xor { ("or" | "||") xor }         binds least
//   xor     := and { ("xor" | "^^") and }
//   and     := one { ("and" | "&&") one }        binds most
//   one     := ("not" | "!") one | "(" or ")" | value [ operator right ]
//
// `not` takes the nearest comparison only, and words need no blanks between them. Inside `any` and
// `all` there is one comparison, without `and` and `or` unless they stand in brackets.

import { readAddress, readBytes, readNumber, readNumberRange, readPattern } from "./literals.mjs";
import { regex } from "./regex.mjs";
import { isPlain, sameType } from "./schema.mjs";
import { Scanner } from "./scanner.mjs";
import { readValue } from "./values_parser.mjs";
import { wildcard } from "./wildcards.mjs";

/** @import { Logic, Operator, Right, Value } from "./syntax.mjs" */

const DEEPEST = 99;
const OPERATORS = /strict wildcard|wildcard|contains|matches|in|eq|ne|lt|le|gt|ge|==|!=|<=|>=|<|>|~/y;
/** @type {Readonly<Record<string, Operator>>} */
const MEANING = {
  "strict wildcard": "strict_wildcard", "~": "matches",
  "==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge",
};
const LEVELS = [
  { op: /** @type {const} */ ("or"), word: /or|\|\|/y },
  { op: /** @type {const} */ ("xor"), word: /xor|\^\^/y },
  { op: /** @type {const} */ ("and"), word: /and|&&/y },
];
const LIST_NAME = /\$[a-z0-9_.]+/y;
const ADDRESS_BEGINS = /^(?:[0-9a-fA-F]*:|[0-9]+\.)/;
const CONSTANT = /(?:true|false)(?![a-z0-9_.])/y;

/**
 * Return the tree of an expression. Throws an ExpressionError for what is none, or not emulated.
 * @param {string} text
 * @returns {Logic}
 */
export function parse(text) {
  const scanner = new Scanner(text.trim());
  const parser = new Parser(scanner);
  const tree = parser.joined(0);
  if (!scanner.blanks().ended) throw scanner.error("unrecognised input");
  if (tree.each) throw scanner.error("expected value of type Bool, but got Array<Bool>");
  return tree;
}

/**
 * Return the tree of something that is counted by: a field, a part of one, a call.
 * @param {string} text
 * @returns {Value}
 */
export function parseValue(text) {
  const scanner = new Scanner(text.trim());
  const value = new Parser(scanner).value();
  if (!scanner.ended) throw scanner.error("unrecognised input");
  return value;
}

class Parser {
  #scanner;
  #depth = 0;

  /** @param {Scanner} scanner */
  constructor(scanner) {
    this.#scanner = scanner;
  }

  /**
   * @param {number} level place in `LEVELS`
   * @returns {Logic}
   */
  joined(level) {
    const rule = LEVELS[level];
    if (rule === undefined) return this.#one();
    const first = this.joined(level + 1);
    const items = [first];
    while (this.#scanner.blanks().match(rule.word)) items.push(this.joined(level + 1));
    if (items.length === 1) return first;
    if (items.some((item) => item.each !== first.each)) throw this.#scanner.error("expected values of one type");
    return { op: rule.op, items, each: first.each };
  }

  /** @returns {Value} */
  value() {
    return readValue(this.#scanner, () => this.#one());
  }

  /** @returns {Logic} */
  #one() {
    const scanner = this.#scanner.blanks();
    if (scanner.eat("not") || scanner.eat("!")) return this.#deeper("not", () => this.#one());
    if (scanner.eat("(")) return this.#deeper("group", () => this.#bracketed());
    const constant = scanner.match(CONSTANT);
    if (constant !== undefined) return { op: "constant", value: constant === "true", each: false };
    return this.#comparison();
  }

  /** @returns {Logic} */
  #bracketed() {
    const item = this.joined(0);
    this.#scanner.blanks().need(")");
    return item;
  }

  /**
   * @param {"not" | "group"} op
   * @param {() => Logic} read
   * @returns {Logic}
   */
  #deeper(op, read) {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw this.#scanner.error(`more than ${DEEPEST} levels are nested`);
    const item = read();
    this.#depth -= 1;
    return { op, item, each: item.each };
  }

  /** @returns {Logic} */
  #comparison() {
    const scanner = this.#scanner;
    const at = scanner.at;
    const left = this.value();
    if (left.type === "bool" && !left.each) return { op: "is", left, each: false };
    if (sameType(left.type, { array: "bool" })) return { op: "is", left, each: true };
    if (!isPlain(left.type) || left.type === "bool") throw scanner.error("cannot perform this operation on an array or a map", at);
    const word = scanner.blanks().match(OPERATORS);
    if (word === undefined) throw scanner.error("expected ComparisonOp");
    const operator = MEANING[word] ?? /** @type {Operator} */ (word);
    return { op: "compare", left, operator, right: this.#right(operator, left), each: left.each };
  }

  /**
   * @param {Operator} operator
   * @param {Value} left
   * @returns {Right}
   */
  #right(operator, left) {
    const scanner = this.#scanner.blanks();
    if (operator === "in") return this.#members(left);
    const isText = left.type === "bytes";
    if (operator === "matches" || operator.endsWith("wildcard") || operator === "contains") {
      if (!isText) throw scanner.error("cannot perform this operation on this type");
      return this.#pattern(operator);
    }
    const literal = this.#literal(left);
    if (literal !== undefined) return { form: "literal", value: literal };
    const value = this.value();
    if (value.each || !sameType(value.type, left.type)) throw scanner.error("expected a value of the type on the left");
    return { form: "value", value };
  }

  /** @param {Value} left */
  #literal(left) {
    const scanner = this.#scanner;
    if (left.type === "bytes") return readBytes(scanner);
    if (left.type === "int") return readNumber(scanner);
    return ADDRESS_BEGINS.test(scanner.text.slice(scanner.at, scanner.at + 8)) ? readAddress(scanner, false)?.low : undefined;
  }

  /**
   * @param {Operator} operator
   * @returns {Right}
   */
  #pattern(operator) {
    const scanner = this.#scanner;
    const at = scanner.at;
    const value = operator === "matches" ? readPattern(scanner) : this.#quoted(operator);
    try {
      if (operator === "matches") regex(value);
      else if (operator !== "contains") wildcard(value, operator === "strict_wildcard");
    } catch (error) {
      throw scanner.error(error instanceof Error ? error.message : String(error), at);
    }
    return { form: "literal", value };
  }

  /** @param {Operator} operator */
  #quoted(operator) {
    const scanner = this.#scanner;
    if (operator !== "contains" && !/["r]/.test(scanner.text[scanner.at] ?? "")) throw scanner.error('expected " or r');
    const value = readBytes(scanner);
    if (value === undefined) throw scanner.error("expected a text");
    return value;
  }

  /**
   * @param {Value} left
   * @returns {Right}
   */
  #members(left) {
    const scanner = this.#scanner;
    if (scanner.sees("$")) return this.#list();
    scanner.need("{");
    if (left.type === "int") return { form: "numbers", members: this.#all(() => readNumberRange(scanner)) };
    if (left.type === "ip") return { form: "addresses", members: this.#all(() => readAddress(scanner, true)) };
    return { form: "texts", members: this.#all(() => readBytes(scanner)) };
  }

  /** @returns {Right} */
  #list() {
    const name = this.#scanner.match(LIST_NAME);
    if (name === undefined) throw this.#scanner.error("invalid list name");
    return { form: "list", name: name.slice(1) };
  }

  /**
   * Read members up to the closing brace.
   * @template T
   * @param {() => T | undefined} read
   */
  #all(read) {
    const scanner = this.#scanner;
    /** @type {T[]} */
    const members = [];
    while (!scanner.blanks().eat("}")) {
      const member = read();
      if (member === undefined) throw scanner.error("expected a member of the set, or }");
      members.push(member);
    }
    return members;
  }
}
