// Receives what happened in every worker and writes it to the process's output, one line an event.
// The supervisor reads the lines; the mark tells them from what workers print themselves.

const MARK = "\u0001event ";

// The workers of which somebody wants to see every event. A process that was just started was not
// told yet and says everything, so that nobody misses what comes before that.
let watched;

export default {
  tail(events, _env, ctx) {
    const { worker } = ctx.props;
    const whole = watched === undefined || watched.has(worker);
    for (const event of events) {
      if (!whole && isQuiet(event)) continue;
      const trace = whole ? event : undefined;
      console.log(MARK + JSON.stringify({ worker, ...described(event), trace }));
    }
  },

  async fetch(request) {
    watched = new Set(await request.json());
    return Response.json({});
  },
};

function isQuiet({ outcome, logs, exceptions }) {
  return outcome === "ok" && logs.length === 0 && exceptions.length === 0;
}

function described({ outcome, entrypoint, eventTimestamp, event, logs, exceptions }) {
  return { outcome, entrypoint, at: eventTimestamp, event: named(event), logs, exceptions };
}

// Headers stay out: this goes into a file, and they carry credentials. The trace, which has them as
// far as the runtime shows them (it writes REDACTED for credentials), goes to those who watch only.
function named(event) {
  if (event?.request) {
    const url = new URL(event.request.url);
    return { type: "fetch", method: event.request.method, path: url.pathname, status: event.response?.status };
  }
  if (event?.queue) return { type: "queue", queue: event.queue, batchSize: event.batchSize };
  if (event?.cron) return { type: "scheduled", cron: event.cron };
  if (event?.getWebSocketEvent) return { type: "websocket", kind: event.getWebSocketEvent.webSocketEventType };
  if (event?.rpcMethod) return { type: "rpc", method: event.rpcMethod };
  return { type: event?.scheduledTime ? "alarm" : "other" };
}
