// Receives what happened in every worker and writes it to the process's output, one line an event.
// The supervisor reads the lines; the mark tells them from what workers print themselves, who do not know its key.

const MARK = "\u0001event";
const THROWN = "\u0001thrown "; // begins a line by which an object says what it threw (`objects/thrown`)

// The workers of which somebody wants to see every event. A process that was just started was not
// told yet and says everything, so that nobody misses what comes before that.
/** @type {Set<string> | undefined} */
let watched;

export default {
  /**
   * @param {TraceItem[]} events
   * @param {Cloudflare.Env} env
   * @param {ExecutionContext<{ worker: string }>} ctx
   */
  tail(events, env, ctx) {
    const { worker } = ctx.props;
    const whole = watched === undefined || watched.has(worker);
    for (const given of events) {
      const event = withThrown(given);
      if (!whole && isQuiet(event)) continue;
      const trace = whole ? event : undefined;
      // eslint-disable-next-line no-console -- the supervisor reads it there
      console.log(`${MARK} ${env.LINE_KEY} ${JSON.stringify({ worker, ...described(event, env.PROBE), trace })}`);
    }
  },

  /**
   * `PUT` says who is watched; `POST` adds a line to the log of a worker, as the runtime's own workers do.
   * @param {Request} request
   * @param {Cloudflare.Env} env
   */
  async fetch(request, env) {
    if (request.method === "POST") {
      report(await request.json(), env.LINE_KEY);
      return new Response();
    }
    /** @type {string[]} */
    const workers = await request.json();
    watched = new Set(workers);
    return Response.json({});
  },
};

/**
 * @param {{ worker: string, level?: string, reason: string }} what happened to a worker outside of its own code
 * @param {string} key
 */
function report({ worker, level = "error", reason }, key) {
  const logs = [{ level, message: [reason], timestamp: Date.now() }];
  const event = { type: "outgoing" };
  // eslint-disable-next-line no-console -- the supervisor reads it there
  console.log(`${MARK} ${key} ${JSON.stringify({ worker, outcome: "ok", event, logs, exceptions: [] })}`);
}

/**
 * The event with what an object threw as its exceptions, instead of as lines that it printed.
 * @param {TraceItem} event
 * @returns {TraceItem}
 */
function withThrown(event) {
  const thrown = event.logs.map(thrownIn).filter((each) => each !== undefined);
  if (thrown.length === 0) return event;
  const plain = /** @type {TraceItem} */ (JSON.parse(JSON.stringify(event)));
  const logs = plain.logs.filter((line) => thrownIn(line) === undefined);
  return { ...plain, outcome: "exception", logs, exceptions: [...plain.exceptions, ...thrown] };
}

/**
 * What an object threw, where the line says it. The module that writes it is part of the worker, which may
 * print as much of itself: any other form is a line as others are.
 * @param {{ message: unknown }} line
 * @returns {TraceException | undefined}
 */
function thrownIn({ message }) {
  const first = firstOf(message);
  if (!first.startsWith(THROWN)) return undefined;
  try {
    const said = /** @type {Partial<TraceException> | null} */ (JSON.parse(first.slice(THROWN.length)));
    const texts = [said?.name, said?.message, said?.stack].every((each) => typeof each === "string");
    return texts && typeof said?.timestamp === "number" ? /** @type {TraceException} */ (said) : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} message what a line was printed with */
function firstOf(message) {
  const first = Array.isArray(message) ? /** @type {unknown} */ (message[0]) : undefined;
  return typeof first === "string" ? first : "";
}

/** @param {TraceItem} item */
function isQuiet({ outcome, logs, exceptions }) {
  return outcome === "ok" && logs.length === 0 && exceptions.length === 0;
}

/**
 * @param {TraceItem} item
 * @param {string} probe
 */
function described({ outcome, entrypoint, eventTimestamp, event, logs, exceptions }, probe) {
  return { outcome, entrypoint, at: eventTimestamp, event: named(event, probe), logs, exceptions };
}

/**
 * What the worker was asked. Headers stay out: this goes into a file, and they carry credentials. The
 * trace, which has them as far as the runtime shows them (it writes REDACTED for credentials), goes to
 * those who watch only.
 * @param {TraceItem["event"]} event
 * @param {string} agent by which the platform's own requests are known
 */
function named(event, agent) {
  if (!event) return { type: "other" };
  if ("request" in event) {
    const { method, url, headers } = event.request;
    const probe = headers["user-agent"] === agent || undefined;
    return { type: "fetch", method, path: new URL(url).pathname, status: event.response?.status, probe };
  }
  if ("queue" in event) return { type: "queue", queue: event.queue, batchSize: event.batchSize };
  if ("cron" in event) return { type: "scheduled", cron: event.cron };
  if ("getWebSocketEvent" in event) return { type: "websocket", kind: event.getWebSocketEvent.webSocketEventType };
  if ("rpcMethod" in event) return { type: "rpc", method: event.rpcMethod };
  return { type: "scheduledTime" in event ? "alarm" : "other" };
}
