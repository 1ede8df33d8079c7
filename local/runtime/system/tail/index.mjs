// Receives what happened in every worker and writes it to the process's output, one line an event.
// The supervisor reads the lines; the mark tells them from what workers print themselves.

const MARK = "\u0001event ";

export default {
  tail(events, _env, ctx) {
    for (const event of events) {
      if (event.outcome === "ok" && event.logs.length === 0 && event.exceptions.length === 0) continue;
      console.log(MARK + JSON.stringify({ worker: ctx.props.worker, ...described(event) }));
    }
  },
};

function described({ outcome, entrypoint, eventTimestamp, event, logs, exceptions }) {
  return { outcome, entrypoint, at: eventTimestamp, event: named(event), logs, exceptions };
}

// Headers stay out: they carry credentials.
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
