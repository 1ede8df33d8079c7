// Makes a function of an expression: once a ruleset, not once a request.
//
// A value may be missing (undefined): a header that was not sent, an index that is beyond the end. Of
// a missing value every comparison is false, but `ne`, which is true. So `not x eq "a"` and `x ne "a"`
// are both true of it; `any` of nothing is false, `all` of nothing true.

import { parse, parseValue } from "./parser.mjs";
import { headerReader, reader as readerOf } from "./readers.mjs";
import { regex } from "./regex.mjs";
import { ExpressionError } from "./scanner.mjs";
import { wildcard } from "./wildcards.mjs";

/** @import { Reader, Subject } from "./readers.mjs" */
/** @import { Comparison, Logic, Operator, Quantifier, Right, Value } from "./syntax.mjs" */

/** @typedef {(subject: Subject) => boolean} Test */
/** @typedef {(value: unknown, subject: Subject) => boolean} Check */

/**
 * Whether a missing value is `ne` to everything. It is so where Cloudflare's engine is left as it comes.
 */
const MISSING_IS_NE = true;

/** @type {Readonly<Record<"eq" | "ne" | "lt" | "le" | "gt" | "ge", (left: string | number, right: string | number) => boolean>>} */
const ORDERS = {
  eq: (left, right) => left === right,
  ne: (left, right) => left !== right,
  lt: (left, right) => left < right,
  le: (left, right) => left <= right,
  gt: (left, right) => left > right,
  ge: (left, right) => left >= right,
};

/**
 * Return a test for requests. Throws an ExpressionError for what is no expression, or not emulated.
 * @param {string} text
 * @returns {Test}
 */
export function compile(text) {
  return test(parse(text));
}

/**
 * Return what reads a value of requests: what a rate limit counts by, or a rule writes.
 * @param {string} text
 * @returns {Reader}
 */
export function compileValue(text) {
  return reader(parseValue(text));
}

/**
 * @param {Logic} logic
 * @returns {Test}
 */
function test(logic) {
  if (logic.op === "constant") return () => logic.value;
  if (logic.op === "group") return test(logic.item);
  if (logic.op === "not") return negated(test(logic.item));
  if (logic.op === "is") return bare(reader(logic.left));
  if (logic.op === "compare") return comparison(logic);
  return joined(logic.op, logic.items.map(test));
}

/**
 * @param {Test} inner
 * @returns {Test}
 */
const negated = (inner) => (subject) => !inner(subject);

/**
 * @param {Reader} read
 * @returns {Test}
 */
const bare = (read) => (subject) => read(subject) === true;

/**
 * @param {"and" | "or" | "xor"} op
 * @param {Test[]} tests
 * @returns {Test}
 */
function joined(op, tests) {
  const [first, second] = tests;
  if (op === "xor") return (subject) => tests.filter((each) => each(subject)).length % 2 === 1;
  if (first === undefined || second === undefined) throw new Error("and, or: two operands at least");
  if (tests.length > 2) return joined(op, [first, joined(op, tests.slice(1))]);
  return op === "and" ? (subject) => first(subject) && second(subject) : (subject) => first(subject) || second(subject);
}

/**
 * @param {Comparison} logic
 * @returns {Test}
 */
function comparison({ left, operator, right }) {
  const read = reader(left);
  const check = checkOf(operator, right, left);
  const missing = operator === "ne" && MISSING_IS_NE;
  return (subject) => {
    const value = read(subject);
    return value === undefined ? missing : check(value, subject);
  };
}

/**
 * Make what `any` and `all` take: a list with one answer for each entry.
 * @param {Logic} logic
 * @returns {(subject: Subject) => boolean[]}
 */
function answers(logic) {
  if (logic.op === "group") return answers(logic.item);
  if (logic.op === "not") return mapped(answers(logic.item), (each) => !each);
  if (logic.op === "is") return mapped(list(reader(logic.left)), (each) => each === true);
  if (logic.op === "compare") {
    const check = checkOf(logic.operator, logic.right, logic.left);
    const read = list(reader(logic.left));
    return (subject) => read(subject).map((value) => check(value, subject));
  }
  if (logic.op === "constant") throw new Error("a constant has no entries");
  return sideBySide(logic.op, logic.items.map(answers));
}

/**
 * @param {"and" | "or" | "xor"} op
 * @param {((subject: Subject) => boolean[])[]} sides
 * @returns {(subject: Subject) => boolean[]}
 */
function sideBySide(op, sides) {
  /** @type {Record<typeof op, (a: boolean, b: boolean) => boolean>} */
  const ways = { and: (a, b) => a && b, or: (a, b) => a || b, xor: (a, b) => a !== b };
  return (subject) =>
    sides
      .map((side) => side(subject))
      .reduce((all, side) => all.slice(0, side.length).map((each, place) => ways[op](each, side[place] ?? false)));
}

/**
 * @param {Reader} read
 * @returns {(subject: Subject) => unknown[]}
 */
const list = (read) => (subject) => /** @type {unknown[]} */ (read(subject) ?? []);

/**
 * @template T
 * @param {(subject: Subject) => T[]} entries
 * @param {(entry: T) => boolean} change
 * @returns {(subject: Subject) => boolean[]}
 */
const mapped = (entries, change) => (subject) => entries(subject).map(change);

/**
 * @param {Operator} operator
 * @param {Right} right
 * @param {Value} left
 * @returns {Check}
 */
function checkOf(operator, right, left) {
  if (right.form === "value") return against(operator, reader(right.value), left.type === "ip");
  if (operator === "in") return member(right, left);
  if (right.form !== "literal") throw new Error(`${operator} takes one value`);
  const { value } = right;
  if (typeof value === "string") {
    if (operator === "contains") return onText((given) => given.includes(value));
    if (operator === "matches") return matcher(regex(value));
    if (operator.endsWith("wildcard")) return onText(wildcard(value, operator === "strict_wildcard"));
  }
  return left.type === "ip" ? ordered(operator, value) : plain(operator, value);
}

// The parser has seen to the type of what is compared.
/** @type {(check: (given: string) => boolean) => Check} */
const onText = (check) => /** @type {Check} */ (check);
/** @type {(check: (given: string | number) => boolean) => Check} */
const onPlain = (check) => /** @type {Check} */ (check);

/** @param {RegExp} pattern */
const matcher = (pattern) => onText((given) => pattern.test(given));

/**
 * @param {Operator} operator
 * @param {string | number} value
 * @returns {Check}
 */
function plain(operator, value) {
  if (operator === "eq") return (given) => given === value;
  if (operator === "ne") return (given) => given !== value;
  const holds = ORDERS[/** @type {keyof typeof ORDERS} */ (operator)];
  return onPlain((given) => holds(given, value));
}

/**
 * Addresses of two families have no order.
 * @param {Operator} operator
 * @param {string | number} value
 * @returns {Check}
 */
function ordered(operator, value) {
  if (operator === "eq" || operator === "ne") return plain(operator, value);
  const holds = ORDERS[/** @type {keyof typeof ORDERS} */ (operator)];
  const family = String(value).slice(0, 1);
  return onText((given) => given.startsWith(family) && holds(given, value));
}

/**
 * Compare with another value of the request, which may be missing too.
 * @param {Operator} operator
 * @param {Reader} read
 * @param {boolean} isAddress
 * @returns {Check}
 */
function against(operator, read, isAddress) {
  const holds = ORDERS[/** @type {keyof typeof ORDERS} */ (operator)];
  return (given, subject) => {
    const other = read(subject);
    if (other === undefined) return operator === "ne" && MISSING_IS_NE;
    if (isAddress) return ordered(operator, /** @type {string} */ (other))(given, subject);
    return holds(/** @type {string} */ (given), /** @type {string} */ (other));
  };
}

/**
 * @param {Right} right
 * @param {Value} left
 * @returns {Check}
 */
function member(right, left) {
  if (right.form === "texts") {
    const members = new Set(right.members);
    return onText((given) => members.has(given));
  }
  if (right.form === "numbers" || right.form === "addresses") {
    /** @type {{ low: string | number, high: string | number }[]} */
    const ranges = right.members;
    return onPlain((given) => ranges.some(({ low, high }) => given >= low && given <= high));
  }
  if (right.form !== "list" || left.type !== "ip") throw new ExpressionError("not emulated: lists of other things than addresses");
  const { name } = right;
  return (given, subject) => subject.listed(name, /** @type {string} */ (given));
}

/**
 * @param {Value} value
 * @returns {Reader}
 */
const reader = (value) => readerOf(value, quantified);

/**
 * @param {Quantifier} value
 * @returns {Reader}
 */
function quantified({ name, inner }) {
  const header = name === "any" ? soughtHeader(inner) : undefined;
  if (header === undefined) return quantifier(name, answers(inner));
  const read = headerReader(header);
  return (subject) => read(subject) !== undefined;
}

/**
 * Return "x" of `http.request.headers.names[*] eq "x"`, undefined for anything else.
 * @param {Logic} logic
 */
function soughtHeader(logic) {
  if (logic.op !== "compare" || logic.operator !== "eq" || logic.right.form !== "literal") return undefined;
  const { left, right } = logic;
  const isNames = left.kind === "field" && left.name === "http.request.headers.names";
  return isNames && typeof right.value === "string" ? right.value : undefined;
}

/**
 * @param {string} name
 * @param {(subject: Subject) => boolean[]} entries
 * @returns {Reader}
 */
function quantifier(name, entries) {
  if (name === "any") return (subject) => entries(subject).includes(true);
  return (subject) => !entries(subject).includes(false);
}
