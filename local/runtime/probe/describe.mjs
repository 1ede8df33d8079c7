// Put before the main module of a user's worker in a test start: says what that exports. Names that
// a user is unlikely to have.

import { WorkerEntrypoint as LocalEntrypoint } from "cloudflare:workers";

const LOCAL_HANDLERS = [
  "fetch", "alarm", "connect", "email", "queue", "scheduled", "tail", "tailStream", "test", "trace",
  "webSocketMessage", "webSocketClose", "webSocketError",
];

export class LocalProbe extends LocalEntrypoint {
  describe() {
    const { default: main, ...named } = worker;
    /** @type {Record<string, string[]>} */
    const exports = {};
    for (const [name, value] of Object.entries(named)) {
      if (localIsClass(value)) exports[name] = localHandlers(value.prototype);
    }
    return { handlers: localHandlers(localIsClass(main) ? main.prototype : main), exports };
  }
}

/**
 * @param {unknown} value
 * @returns {value is { prototype: unknown }}
 */
function localIsClass(value) {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

/** @param {unknown} value an object with handlers, or nothing */
function localHandlers(value) {
  const handlers = /** @type {Record<string, unknown> | null | undefined} */ (value);
  return LOCAL_HANDLERS.filter((name) => typeof handlers?.[name] === "function");
}
