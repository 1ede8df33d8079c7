// Makes functions that read what is looked at: a field, a part of one, a call. What is missing is
// undefined, and so is what is made of it.

import { lower } from "./bytes.mjs";
import { MAKERS } from "./functions.mjs";
import { EACH } from "./syntax.mjs";

/** @import { Made } from "./functions.mjs" */
/** @import { Argument, Call, Field, Index, Quantifier, Value } from "./syntax.mjs" */

/**
 * What rules look at: it reads a field by its name, gives a header without the others, and knows which
 * addresses the list of a name has.
 * @typedef {object} Subject
 * @property {(name: string) => unknown} read
 * @property {(name: string) => string | undefined} header
 * @property {(name: string, address: string) => boolean} listed
 */

/** @typedef {(subject: Subject) => unknown} Reader */

/**
 * @param {Value} value
 * @param {(quantifier: Quantifier) => Reader} quantified makes `any` and `all`
 * @returns {Reader}
 */
export function reader(value, quantified) {
  if (value.kind === "quantifier") return quantified(value);
  if (value.kind === "field") return field(value);
  return at(call(value, quantified), value.indexes);
}

/**
 * @param {Field} value
 * @returns {Reader}
 */
function field({ name, indexes }) {
  const [key, place] = indexes;
  if (name === "http.request.headers" && typeof key === "string" && place === 0 && indexes.length === 2) return headerReader(key);
  return at((subject) => subject.read(name), indexes);
}

/**
 * Return what reads the one header of this name, without all the others. They are held in lower case.
 * @param {string} name
 * @returns {(subject: Subject) => string | undefined}
 */
export function headerReader(name) {
  return name === lower(name) ? (subject) => subject.header(name) : () => undefined;
}

/**
 * @param {Reader} read
 * @param {Index[]} indexes
 * @returns {Reader}
 */
function at(read, indexes) {
  let inner = read;
  let each = false;
  for (const index of indexes) {
    const outer = inner;
    const step = stepOf(index);
    const many = each;
    inner = (subject) => {
      const value = outer(subject);
      if (value === undefined) return undefined;
      return many ? entriesOf(value).flatMap((entry) => step(entry) ?? []) : step(value);
    };
    each ||= index === EACH;
  }
  return inner;
}

/**
 * @param {Index} index
 * @returns {(value: unknown) => unknown}
 */
function stepOf(index) {
  if (typeof index === "string") return (map) => /** @type {Map<string, unknown>} */ (map).get(index);
  if (typeof index === "number") return (array) => /** @type {unknown[]} */ (array)[index];
  return entriesOf;
}

/**
 * @param {unknown} several an array or a map
 * @returns {unknown[]}
 */
function entriesOf(several) {
  if (several instanceof Map) return [...(/** @type {Map<string, unknown>} */ (several)).values()];
  return /** @type {unknown[]} */ (several);
}

/**
 * @param {Call} value
 * @param {(quantifier: Quantifier) => Reader} quantified
 * @returns {Reader}
 */
function call({ name, args, mapped: isMapped }, quantified) {
  const readers = args.map((each) => argument(each, quantified));
  const [first, ...rest] = readers;
  if (first === undefined) throw new Error(`${name} takes arguments`);
  const run = name === "concat" ? concatenated : strict(made(name, args));
  if (!isMapped) return (subject) => run(first(subject), rest.map((read) => read(subject)));
  return (subject) => {
    const others = rest.map((read) => read(subject));
    return /** @type {unknown[] | undefined} */ (first(subject))?.map((each) => run(each, others));
  };
}

/**
 * @param {string} name
 * @param {Argument[]} args
 */
function made(name, args) {
  const make = MAKERS[name];
  if (make === undefined) throw new Error(`not emulated: ${name}`);
  const path = args.flatMap((each) => ("literal" in each ? [each.literal] : []));
  return make({
    path,
    texts: path.filter((each) => typeof each === "string"),
    numbers: path.filter((each) => typeof each === "number"),
  });
}

/**
 * @param {Argument} given
 * @param {(quantifier: Quantifier) => Reader} quantified
 * @returns {Reader}
 */
function argument(given, quantified) {
  if ("value" in given) return reader(given.value, quantified);
  const { literal } = given;
  return () => literal;
}

/**
 * Let what is missing stay so.
 * @param {Made} run
 */
function strict(run) {
  return (/** @type {unknown} */ first, /** @type {unknown[]} */ rest) => {
    if (first === undefined || rest.includes(undefined)) return undefined;
    return run(first, ...rest);
  };
}

/**
 * @param {unknown} first
 * @param {unknown[]} rest
 */
function concatenated(first, rest) {
  const parts = [first, ...rest];
  if (parts.some(Array.isArray)) return parts.flatMap((part) => part ?? []);
  return parts.map((part) => /** @type {string} */ (part ?? "")).join("");
}
