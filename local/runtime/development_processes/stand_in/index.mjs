// In the main process, in the place of a worker that is in development in a side process: sends what comes to
// it through the door there. Requests cross as HTTP, with their WebSockets; the other events as calls, for a
// connection between processes carries no others.

import { env } from "cloudflare:workers";
import { plain, settle } from "./settle.mjs";

const THREW = "local-threw";
const LOST = /^Network connection lost/;

export default {
  /** @param {Request} request */
  async fetch(request) {
    const answer = await sent(request);
    const threw = answer.headers.get(THREW);
    if (threw !== null) throw asError(threw);
    return answer;
  },

  /** @param {MessageBatch} batch */
  async queue(batch) {
    const messages = batch.messages.map(plain);
    const delivered = await env.DOOR.deliver(batch.queue, messages, batch.metadata);
    settle(batch, delivered);
    if (delivered.outcome !== "ok") throw new Error(`the batch ended as ${delivered.outcome}`);
  },

  /** @param {ScheduledController} controller */
  async scheduled(controller) {
    const { outcome, noRetry } = await env.DOOR.ring(controller.cron, new Date(controller.scheduledTime));
    if (noRetry) controller.noRetry();
    if (outcome !== "ok") throw new Error(`the schedule ended as ${outcome}`);
  },
};

/**
 * Send it, once more where the process ended just then: the next one is about to listen. What may have been begun
 * is not sent twice, unless that does no harm.
 * @param {Request} request
 */
async function sent(request) {
  try {
    return await env.DOOR.fetch(request);
  } catch (error) {
    const isHarmless = request.body === null && (request.method === "GET" || request.method === "HEAD");
    if (!isHarmless || !(error instanceof Error) || !LOST.test(error.message)) throw error;
    return env.DOOR.fetch(request);
  }
}

/** @param {string} threw */
function asError(threw) {
  const { name, message } = /** @type {{ name: string, message: string }} */ (JSON.parse(decodeURIComponent(threw)));
  const error = new Error(message);
  error.name = name;
  return error;
}
