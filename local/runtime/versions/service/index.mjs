// Stands before a script of which several versions run, and hands each event to one of them. Who calls
// the script reaches this in its place: the edge, other workers, schedules, queues.

/** @import { Share } from "./choice.mjs" */

import { WorkerEntrypoint, env } from "cloudflare:workers";
import { choose } from "./choice.mjs";
import { plain, settle } from "../../development_processes/stand_in/settle.mjs";

/** @typedef {{ script: string, entrypoint: string | null }} Props */

let shares = env.SHARES;

/** @param {Props} props @param {Headers} [headers] */
function targetOf({ script, entrypoint }, headers) {
  const found = shares[script];
  const target = found && env[`worker:${choose(found, script, headers).worker}#${entrypoint ?? ""}`];
  if (target === undefined) throw new Error(`there is no version of ${script}`);
  return target;
}

/** @extends {WorkerEntrypoint<Cloudflare.Env, Props>} */
export default class Versions extends WorkerEntrypoint {
  /**
   * What is no event is a method of the worker's own.
   * @param {ExecutionContext<Props>} ctx
   * @param {Cloudflare.Env} bound
   */
  constructor(ctx, bound) {
    super(ctx, bound);
    return new Proxy(this, {
      get: (self, name) =>
        typeof name === "symbol" || name in self
          ? /** @type {unknown} */ (Reflect.get(self, name))
          : /** @param {unknown[]} given */ (...given) => called(targetOf(ctx.props), name, given),
    });
  }

  /** @param {Request} request @override */
  fetch(request) {
    return targetOf(this.ctx.props, request.headers).fetch(request);
  }

  /** @param {MessageBatch} batch @override */
  async queue(batch) {
    const delivered = await targetOf(this.ctx.props).queue(batch.queue, batch.messages.map(plain), batch.metadata);
    settle(batch, delivered);
    if (delivered.outcome !== "ok") throw new Error(`the batch ended as ${delivered.outcome}`);
  }

  /** @param {ScheduledController} controller @override */
  async scheduled(controller) {
    const event = { cron: controller.cron, scheduledTime: new Date(controller.scheduledTime) };
    const { outcome, noRetry } = await targetOf(this.ctx.props).scheduled(event);
    if (noRetry) controller.noRetry();
    if (outcome !== "ok") throw new Error(`the schedule ended as ${outcome}`);
  }
}

/** Is told when shares change. */
export class Control extends WorkerEntrypoint {
  /** @param {Request} request @override */
  async fetch(request) {
    shares = /** @type {Record<string, Share[]>} */ (await request.json());
    return new Response();
  }
}

/**
 * @param {Fetcher} target
 * @param {string} name
 * @param {unknown[]} given
 */
function called(target, name, given) {
  const methods = /** @type {Record<string, (...given: unknown[]) => unknown>} */ (/** @type {unknown} */ (target));
  return methods[name]?.(...given);
}
