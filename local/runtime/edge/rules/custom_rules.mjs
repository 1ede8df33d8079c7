// Phase http_request_firewall_custom: rules that let a request through, or answer it.

import { blocked, challenged } from "./answers.mjs";
import { fire } from "./hits.mjs";
import { compile } from "./language/compiler.mjs";

/** @import { Custom } from "./answers.mjs" */
/** @import { RequestView } from "./request.mjs" */
/** @import { Rule } from "./zone.mjs" */

const CHALLENGES = ["managed_challenge", "js_challenge", "challenge"];

/** @typedef {(view: RequestView) => Response | "stop" | undefined} Step */

/**
 * Make what a rule does to a request: it answers it, stops the rules after it, or nothing. Throws an
 * ExpressionError.
 * @param {Rule} rule
 * @returns {Step}
 */
export function customRule(rule) {
  const matches = compile(rule.expression);
  const act = action(rule);
  return (view) => {
    if (!matches(view)) return undefined;
    fire(rule, view);
    return act(view);
  };
}

/**
 * @param {Rule} rule
 * @returns {Step}
 */
function action({ action, action_parameters: parameters = {} }) {
  if (action === "block") return () => blocked(/** @type {Custom | undefined} */ (parameters["response"]));
  if (CHALLENGES.includes(action)) return () => challenged();
  if (action === "log") return () => undefined;
  if (action === "skip") return skip(/** @type {string[]} */ (parameters["phases"] ?? []), parameters["ruleset"] === "current");
  throw new Error(`not emulated: action ${action}`);
}

/**
 * @param {string[]} phases
 * @param {boolean} isRest whether the rules after this one are skipped too
 * @returns {Step}
 */
function skip(phases, isRest) {
  return (view) => {
    view.skipped = new Set([...(view.skipped ?? []), ...phases]);
    return isRest ? "stop" : undefined;
  };
}
