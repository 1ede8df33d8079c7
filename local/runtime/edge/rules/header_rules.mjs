// Phase http_response_headers_transform: headers of answers are set, added and removed.

import { toText } from "./language/bytes.mjs";
import { fire } from "./hits.mjs";
import { compile, compileValue } from "./language/compiler.mjs";

/** @import { RequestView } from "./request.mjs" */
/** @import { Rule } from "./zone.mjs" */

/**
 * @typedef {object} Change of one header
 * @property {"set" | "add" | "remove"} operation
 * @property {string} [value]
 * @property {string} [expression]
 */

/** @typedef {(view: RequestView, headers: Headers) => void} Rewrite */

/**
 * Make what a rule does to the headers of an answer. Throws an ExpressionError.
 * @param {Rule} rule
 * @returns {Rewrite}
 */
export function headerRule(rule) {
  const matches = compile(rule.expression);
  const headers = /** @type {Record<string, Change>} */ (rule.action_parameters?.["headers"] ?? {});
  const changes = Object.entries(headers).map(([name, change]) => rewrite(name, change));
  return (view, headers) => {
    if (!matches(view)) return;
    fire(rule, view);
    for (const change of changes) change(view, headers);
  };
}

/**
 * @param {string} name
 * @param {Change} change
 * @returns {Rewrite}
 */
function rewrite(name, { operation, value, expression }) {
  if (operation === "remove") return (_, headers) => { headers.delete(name); };
  const written = expression === undefined ? () => value : computed(expression);
  const put = operation === "add" ? "append" : "set";
  return (view, headers) => {
    const text = written(view);
    if (text !== undefined) headers[put](name, text);
  };
}

/**
 * @param {string} expression
 * @returns {(view: RequestView) => string | undefined}
 */
function computed(expression) {
  const read = compileValue(expression);
  return (view) => {
    const value = read(view);
    return typeof value === "string" ? toText(value) : numbered(value);
  };
}

/** @param {unknown} value */
const numbered = (value) => (typeof value === "number" ? String(value) : undefined);
