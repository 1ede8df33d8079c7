// In a side process, before the workers that are in development there: takes what the stand-in of each sends
// from the main process, and answers what happened. An exception does not cross as such; it is an answer here,
// and an exception again there.

/** @import { Delivered, Message, Rung } from "../crossing" */

import { WorkerEntrypoint, env } from "cloudflare:workers";

const THREW = "local-threw";

/** @extends {WorkerEntrypoint<Cloudflare.Env, { worker: string }>} */
export default class extends WorkerEntrypoint {
  get worker() {
    const found = env[`worker:${this.ctx.props.worker}`];
    if (found === undefined) throw new Error(`there is no worker ${this.ctx.props.worker}`);
    return found;
  }

  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    try {
      return await this.worker.fetch(request);
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return new Response(null, { status: 500, headers: { [THREW]: encodeURIComponent(JSON.stringify({ name, message })) } });
    }
  }

  /**
   * A batch of a queue.
   * @param {string} queue
   * @param {Message[]} messages
   * @param {MessageBatchMetadata} [metadata]
   * @returns {Promise<Delivered>}
   */
  async deliver(queue, messages, metadata) {
    const { outcome, ackAll, retryBatch, explicitAcks, retryMessages } = await this.worker.queue(queue, messages, metadata);
    return { outcome, ackAll, retryBatch, explicitAcks, retryMessages };
  }

  /**
   * A schedule.
   * @param {string} cron
   * @param {Date} scheduledTime
   * @returns {Promise<Rung>}
   */
  async ring(cron, scheduledTime) {
    const { outcome, noRetry } = await this.worker.scheduled({ cron, scheduledTime });
    return { outcome, noRetry };
  }
}

/** Says what the workers of this process export, as a test start does. */
export class Probe extends WorkerEntrypoint {
  /** @override */
  async fetch() {
    /** @type {Record<string, unknown>} */
    const workers = {};
    for (const name of env.WORKERS) workers[name] = await env[`probe:${name}`]?.describe();
    return Response.json({ workers });
  }
}
