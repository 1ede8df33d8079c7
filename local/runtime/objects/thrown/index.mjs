// Put before the main module of a worker with Durable Objects. What an RPC method of an object throws is told
// to its caller only: to the runtime the event of the object ends well, and a caller that catches leaves no
// trace of it. So each method says what it throws in a line that `tails/service` makes an exception of.

import { DurableObject as Base } from "cloudflare:workers";

const MARK = "\u0001thrown ";
const HERE = "local-wrapper.mjs:"; // what this module is called where it runs (`configuration/modules.py`)
const Errors = /** @type {{ stackTraceLimit: number }} */ (/** @type {unknown} */ (Error));
const EVENTS = new Set(["constructor", "fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"]);

/** @typedef {(this: unknown, ...given: unknown[]) => unknown} Method */

for (const exported of Object.values(worker)) {
  if (typeof exported === "function" && exported.prototype instanceof Base) watch(exported.prototype);
}

/** @param {object} prototype */
function watch(prototype) {
  for (let each = prototype; each !== Base.prototype; each = Reflect.getPrototypeOf(each) ?? Base.prototype) {
    for (const name of Object.getOwnPropertyNames(each)) {
      const found = Reflect.getOwnPropertyDescriptor(each, name);
      const method = /** @type {unknown} */ (found?.value);
      if (EVENTS.has(name) || typeof method !== "function") continue;
      Reflect.defineProperty(each, name, { ...found, value: watched(/** @type {Method} */ (method)) });
    }
  }
}

/**
 * The method, and a word about what it throws when the runtime called it. Methods call each other too, and catch.
 * @param {Method} method
 * @returns {Method}
 */
function watched(method) {
  return function (...given) {
    if (isCalledByCode()) return method.apply(this, given);
    try {
      const result = method.apply(this, given);
      if (result instanceof Promise) result.catch(tell);
      return result;
    } catch (error) {
      tell(error);
      throw error;
    }
  };
}

/** Whether other code called the function that asks: the runtime stands in no stack. */
function isCalledByCode() {
  const { stackTraceLimit } = Errors;
  Errors.stackTraceLimit = 3;
  const { stack } = new Error("who");
  Errors.stackTraceLimit = stackTraceLimit;
  return String(stack).split("\n    at ").length > 3; // a worker may have it made of anything
}

/** @param {unknown} error */
function tell(error) {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const own = String(stack).split("\n").filter((line) => !line.includes(HERE));
  // eslint-disable-next-line no-console -- the tail worker reads it there
  console.log(MARK + JSON.stringify({ name, message, stack: own.join("\n"), timestamp: Date.now() }));
}
