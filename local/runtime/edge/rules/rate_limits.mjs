// Phase http_ratelimit: what goes beyond a limit waits, each client by itself.

import { challenged, limited } from "./answers.mjs";
import { fire } from "./hits.mjs";
import { compile, compileValue } from "./language/compiler.mjs";

/** @import { Custom } from "./answers.mjs" */
/** @import { Counters, Limit } from "./counters.mjs" */
/** @import { Test } from "./language/compiler.mjs" */
/** @import { Reader } from "./language/readers.mjs" */
/** @import { RequestView } from "./request.mjs" */
/** @import { Rule } from "./zone.mjs" */

/**
 * @typedef {object} Told how a rule counts
 * @property {string[]} characteristics
 * @property {string} [counting_expression]
 */

/** Characteristics that are no fields. */
const SPECIAL = { "cf.colo.id": () => "LOC", "cf.unique_visitor_id": compileValue("ip.src") };
const OF_THE_ANSWER = /\bhttp\.response\b/;

/** One limit: who is counted, what counts, and what is done about it. */
export class RateLimit {
  /**
   * Throws an ExpressionError for an expression that is none.
   * @param {Rule} rule
   * @param {Counters} counters
   */
  constructor(rule, counters) {
    const told = /** @type {Told & Limit} */ (rule.ratelimit);
    const counting = told.counting_expression ?? "";
    /** @type {Test} */
    this.matches = compile(rule.expression);
    /** @type {Test} */
    this.counts = counting === "" ? this.matches : compile(counting);
    this.isLate = OF_THE_ANSWER.test(counting);
    this.reads = told.characteristics.map(characteristic);
    this.answer = answer(rule);
    this.rule = rule;
    this.counter = counters.of(`${rule.id} ${JSON.stringify(told)}`, told);
  }

  /**
   * Count a request; return what it is answered when it has to wait.
   * @param {RequestView} view
   */
  stop(view) {
    const isMeant = this.matches(view);
    const isCounted = !this.isLate && (this.counts === this.matches ? isMeant : this.counts(view));
    if (!isMeant && !isCounted) return undefined;
    const { now } = view.seen;
    const waiting = isCounted ? this.counter.count(this.#key(view), now) : this.counter.wait(this.#key(view), now);
    if (!isMeant || waiting <= 0) return undefined;
    fire(this.rule, view);
    return this.answer(waiting);
  }

  /**
   * Count by what was answered.
   * @param {RequestView} view
   */
  finish(view) {
    if (this.isLate && this.counts(view)) this.counter.count(this.#key(view), view.seen.now);
  }

  // A missing value is a key of its own, and no empty text.
  /** @param {RequestView} view */
  #key(view) {
    return JSON.stringify(this.reads.map((read) => read(view) ?? null));
  }
}

/**
 * @param {string} text
 * @returns {Reader}
 */
function characteristic(text) {
  return text in SPECIAL ? SPECIAL[/** @type {keyof typeof SPECIAL} */ (text)] : compileValue(text);
}

/**
 * @param {Rule} rule
 * @returns {(seconds: number) => Response | undefined}
 */
function answer({ action, action_parameters: parameters = {} }) {
  if (action === "log") return () => undefined;
  if (action !== "block") return () => challenged();
  return (seconds) => limited(/** @type {Custom | undefined} */ (parameters["response"]), seconds);
}
