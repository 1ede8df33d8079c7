// Receives what happened in every worker and writes it to the process's output, one line an event.
// The supervisor reads the lines; the mark tells them from what workers print themselves.

const MARK = "\u0001event ";

// The workers of which somebody wants to see every event. A process that was just started was not
// told yet and says everything, so that nobody misses what comes before that.
/** @type {Set<string> | undefined} */
let watched;

export default {
  /**
   * @param {TraceItem[]} events
   * @param {unknown} _env
   * @param {ExecutionContext<{ worker: string }>} ctx
   */
  tail(events, _env, ctx) {
    const { worker } = ctx.props;
    const whole = watched === undefined || watched.has(worker);
    for (const event of events) {
      if (!whole && isQuiet(event)) continue;
      const trace = whole ? event : undefined;
      // eslint-disable-next-line no-console -- the supervisor reads it there
      console.log(MARK + JSON.stringify({ worker, ...described(event), trace }));
    }
  },

  /** @param {Request} request */
  async fetch(request) {
    /** @type {string[]} */
    const workers = await request.json();
    watched = new Set(workers);
    return Response.json({});
  },
};

/** @param {TraceItem} item */
function isQuiet({ outcome, logs, exceptions }) {
  return outcome === "ok" && logs.length === 0 && exceptions.length === 0;
}

/** @param {TraceItem} item */
function described({ outcome, entrypoint, eventTimestamp, event, logs, exceptions }) {
  return { outcome, entrypoint, at: eventTimestamp, event: named(event), logs, exceptions };
}

/**
 * What the worker was asked. Headers stay out: this goes into a file, and they carry credentials. The
 * trace, which has them as far as the runtime shows them (it writes REDACTED for credentials), goes to
 * those who watch only.
 * @param {TraceItem["event"]} event
 */
function named(event) {
  if (!event) return { type: "other" };
  if ("request" in event) {
    const url = new URL(event.request.url);
    return { type: "fetch", method: event.request.method, path: url.pathname, status: event.response?.status };
  }
  if ("queue" in event) return { type: "queue", queue: event.queue, batchSize: event.batchSize };
  if ("cron" in event) return { type: "scheduled", cron: event.cron };
  if ("getWebSocketEvent" in event) return { type: "websocket", kind: event.getWebSocketEvent.webSocketEventType };
  if ("rpcMethod" in event) return { type: "rpc", method: event.rpcMethod };
  return { type: "scheduledTime" in event ? "alarm" : "other" };
}
