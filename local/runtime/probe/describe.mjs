import { WorkerEntrypoint as LocalEntrypoint } from "cloudflare:workers";

const LOCAL_HANDLERS = [
  "fetch", "alarm", "connect", "email", "queue", "scheduled", "tail", "tailStream", "test", "trace",
  "webSocketMessage", "webSocketClose", "webSocketError",
];

export class LocalProbe extends LocalEntrypoint {
  describe() {
    const classes = Object.entries(worker).filter(([name, value]) => name !== "default" && localIsClass(value));
    return {
      handlers: localHandlers(localIsClass(worker.default) ? worker.default.prototype : worker.default),
      exports: Object.fromEntries(classes.map(([name, value]) => [name, localHandlers(value.prototype)])),
    };
  }
}

function localIsClass(value) {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

function localHandlers(value) {
  return LOCAL_HANDLERS.filter((name) => typeof value?.[name] === "function");
}
