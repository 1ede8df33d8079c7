// The parts of an expression, as the parser gives them and the compiler takes them.

/** @import { Range } from "./addresses.mjs" */
/** @import { Type } from "./schema.mjs" */

/**
 * Something that is looked at: a field or a call, and which part of it.
 * `each`: there is one value for each entry, for `[*]` was written.
 * @typedef {{ kind: "field", name: string, indexes: Index[], type: Type, each: boolean }} Field
 * @typedef {{ kind: "call", name: string, args: Argument[], mapped: boolean, indexes: Index[], type: Type, each: boolean }} Call
 * @typedef {{ kind: "quantifier", name: string, inner: Logic, type: "bool", each: false, indexes: Index[] }} Quantifier
 * @typedef {Field | Call | Quantifier} Value
 */

/**
 * `["x"]`, `[0]` or `[*]`.
 * @typedef {string | number | typeof EACH} Index
 */

/**
 * A literal, or a value, that a function is called with.
 * @typedef {{ literal: string | number } | { value: Value }} Argument
 */

/**
 * What stands right of an operator.
 * @typedef {{ form: "literal", value: string | number }} Literal
 * @typedef {{ form: "value", value: Value }} Compared
 * @typedef {{ form: "texts", members: string[] }} Texts
 * @typedef {{ form: "numbers", members: { low: number, high: number }[] }} Numbers
 * @typedef {{ form: "addresses", members: Range[] }} Addresses
 * @typedef {{ form: "list", name: string }} List
 * @typedef {Literal | Compared | Texts | Numbers | Addresses | List} Right
 */

/**
 * @typedef {"eq" | "ne" | "lt" | "le" | "gt" | "ge" | "contains" | "matches" | "wildcard" | "strict_wildcard" | "in"} Operator
 * @typedef {{ op: "or" | "xor" | "and", items: Logic[], each: boolean }} Joined
 * @typedef {{ op: "not", item: Logic, each: boolean }} Negated
 * @typedef {{ op: "group", item: Logic, each: boolean }} Group
 * @typedef {{ op: "compare", left: Value, operator: Operator, right: Right, each: boolean }} Comparison
 * @typedef {{ op: "is", left: Value, each: boolean }} Bare
 * @typedef {{ op: "constant", value: boolean, each: false }} Constant
 * @typedef {Joined | Negated | Group | Comparison | Bare | Constant} Logic
 */

/** Stands for `[*]`. */
export const EACH = { each: true };
