// Reads what is looked at: fields, calls of functions, and the parts of them in square brackets.

import { readNumber, readText, seesText } from "./literals.mjs";
import { FIELDS, FUNCTIONS, QUANTIFIERS, isPlain, sameType } from "./schema.mjs";
import { EACH } from "./syntax.mjs";

/** @import { Argument as Expected, Type } from "./schema.mjs" */
/** @import { Scanner } from "./scanner.mjs" */
/** @import { Argument, Index, Logic, Value } from "./syntax.mjs" */

const NAME = /[a-z_][a-z0-9_]*(?:\.[a-z_0-9]+)*/y;
const LARGEST_INDEX = 2 ** 32;

/**
 * @param {Scanner} scanner
 * @param {() => Logic} inner reads what `any` and `all` take
 * @returns {Value}
 */
export function readValue(scanner, inner) {
  const at = scanner.at;
  const name = scanner.match(NAME);
  if (name === undefined) throw scanner.error("expected identifier character");
  if (QUANTIFIERS.includes(name)) return quantifier(scanner, name, inner);
  const signature = FUNCTIONS[name];
  if (signature !== undefined) return call(scanner, name, inner);
  const type = FIELDS[name];
  if (type === undefined) throw scanner.error(`not emulated: ${name}`, at);
  return { kind: "field", name, ...indexed(scanner, type) };
}

/**
 * @param {Scanner} scanner
 * @param {string} name
 * @param {() => Logic} inner
 * @returns {Value}
 */
function quantifier(scanner, name, inner) {
  const at = scanner.at;
  scanner.blanks().need("(");
  const logic = inner();
  scanner.blanks().need(")");
  if (!logic.each) throw scanner.error("expected value of type Array<Bool>, but got Bool", at);
  return { kind: "quantifier", name, inner: logic, type: "bool", each: false, indexes: [] };
}

/**
 * @param {Scanner} scanner
 * @param {string} name
 * @param {() => Logic} inner
 * @returns {Value}
 */
function call(scanner, name, inner) {
  const at = scanner.at;
  const args = list(scanner, inner);
  const mapped = isEach(args[0]);
  const rest = args.slice(1);
  if (rest.some(isEach)) throw scanner.error("invalid use of map each access operator", at);
  const wrong = misfit(name, args);
  if (wrong !== undefined) throw scanner.error(wrong, at);
  const whole = name === "concat" ? joinedType(args) : (FUNCTIONS[name]?.gives ?? "bytes");
  return { kind: "call", name, args, mapped, ...indexed(scanner, mapped ? { array: whole } : whole) };
}

/** @param {Argument | undefined} argument */
const isEach = (argument) => argument !== undefined && "value" in argument && argument.value.each;

/**
 * @param {Scanner} scanner
 * @param {() => Logic} inner
 */
function list(scanner, inner) {
  scanner.blanks().need("(");
  /** @type {Argument[]} */
  const args = [];
  if (!scanner.blanks().sees(")")) {
    do args.push(argument(scanner.blanks(), inner));
    while (scanner.blanks().eat(","));
  }
  scanner.blanks().need(")");
  return args;
}

/**
 * @param {Scanner} scanner
 * @param {() => Logic} inner
 * @returns {Argument}
 */
function argument(scanner, inner) {
  if (seesText(scanner)) return { literal: readText(scanner) };
  const number = readNumber(scanner);
  return number === undefined ? { value: readValue(scanner, inner) } : { literal: number };
}

/**
 * Say what is wrong with the arguments of a function; undefined when nothing is.
 * @param {string} name
 * @param {Argument[]} args
 */
function misfit(name, args) {
  const signature = FUNCTIONS[name];
  if (signature === undefined) return `not emulated: ${name}`;
  const allowed = [...signature.takes, ...(signature.optional ?? [])];
  const tooMany = args.length > allowed.length && !signature.repeats;
  if (args.length < signature.takes.length || tooMany) return `invalid number of arguments for ${name}`;
  if (name === "concat") return args.every((each) => fitsConcat(each, args[0])) ? undefined : `invalid argument of ${name}`;
  const last = allowed.at(-1);
  const wrong = args.findIndex((each, place) => !fits(each, allowed[place] ?? last, name));
  return wrong < 0 ? undefined : `invalid argument #${wrong} of ${name}`;
}

/**
 * @param {Argument} given
 * @param {Expected | undefined} expected
 * @param {string} name
 */
function fits(given, expected, name) {
  if (expected === undefined) return false;
  if ("literal" in given) return fitsLiteral(given.literal, expected, name);
  if ("literal" in expected) return false;
  return sameType(given.value.type, "from" in expected ? expected.from : expected.either);
}

/**
 * @param {string | number} literal
 * @param {Expected} expected
 * @param {string} name
 */
function fitsLiteral(literal, expected, name) {
  // An element of a JSON array is named by its number.
  if (typeof literal === "number" && name.startsWith("lookup_json")) return true;
  const type = typeof literal === "string" ? "bytes" : "int";
  return ("literal" in expected && expected.literal === type) || ("either" in expected && expected.either === type);
}

/**
 * `concat` joins texts, or arrays of one kind.
 * @param {Argument} given
 * @param {Argument | undefined} first
 */
function fitsConcat(given, first) {
  const type = typeOf(given);
  const wanted = first === undefined ? "bytes" : typeOf(first);
  if (type === undefined || wanted === undefined) return false;
  return sameType(type, wanted) && (type === "bytes" || (typeof type === "object" && "array" in type));
}

/**
 * @param {Argument} given
 * @returns {Type | undefined}
 */
function typeOf(given) {
  if ("value" in given) return given.value.type;
  return typeof given.literal === "string" ? "bytes" : undefined;
}

/**
 * @param {Argument[]} args
 * @returns {Type}
 */
const joinedType = (args) => (args[0] === undefined ? "bytes" : (typeOf(args[0]) ?? "bytes"));

/**
 * Read `["x"][0][*]` after a value of `type`.
 * @param {Scanner} scanner
 * @param {Type} type
 */
function indexed(scanner, type) {
  /** @type {Index[]} */
  const indexes = [];
  let inside = type;
  while (scanner.sees("[")) {
    const at = scanner.at;
    const index = readIndex(scanner);
    const next = isPlain(inside) ? undefined : element(inside, index);
    if (next === undefined) throw scanner.error("cannot access an index of this type", at);
    indexes.push(index);
    inside = next;
  }
  return { indexes, type: inside, each: indexes.includes(EACH) };
}

/**
 * @param {Scanner} scanner
 * @returns {Index}
 */
function readIndex(scanner) {
  scanner.need("[");
  const at = scanner.blanks().at;
  /** @type {Index | undefined} */
  let index = scanner.sees('"') ? readText(scanner) : readNumber(scanner);
  if (index === undefined && scanner.eat("*")) index = EACH;
  if (index === undefined || (typeof index === "number" && (index < 0 || index >= LARGEST_INDEX))) {
    throw scanner.error("expected quoted utf8 string or positive integer", at);
  }
  scanner.blanks().need("]");
  return index;
}

/**
 * @param {Type} type
 * @param {Index} index
 * @returns {Type | undefined}
 */
function element(type, index) {
  if (typeof type === "string") return undefined;
  if ("array" in type) return typeof index === "string" ? undefined : type.array;
  return typeof index === "number" ? undefined : type.map;
}
