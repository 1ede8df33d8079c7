// In a side process, before a worker that is in development there: takes what the stand-in of the worker sends
// from the main process, and answers what happened. An exception does not cross as such; it is an answer here,
// and an exception again there.

/** @import { Delivered, Message, Rung } from "../crossing" */

import { WorkerEntrypoint, env } from "cloudflare:workers";

const THREW = "local-threw";

export default class extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    try {
      return await env.WORKER.fetch(request);
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
    const { outcome, ackAll, retryBatch, explicitAcks, retryMessages } = await env.WORKER.queue(queue, messages, metadata);
    return { outcome, ackAll, retryBatch, explicitAcks, retryMessages };
  }

  /**
   * A schedule.
   * @param {string} cron
   * @param {Date} scheduledTime
   * @returns {Promise<Rung>}
   */
  async ring(cron, scheduledTime) {
    const { outcome, noRetry } = await env.WORKER.scheduled({ cron, scheduledTime });
    return { outcome, noRetry };
  }
}
