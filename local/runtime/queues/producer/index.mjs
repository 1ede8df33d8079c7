// Stands before every queue: refuses what Cloudflare refuses, by its codes, and gives a message whose
// sender names no delay the one of the queue.

import { env } from "cloudflare:workers";
import { Refusal, checkBatch, checkMessage } from "./limits.mjs";

const DELAY = "x-msg-delay-secs";

export default {
  /**
   * @param {Request} request
   * @param {unknown} _env
   * @param {ExecutionContext<{ queue: string, delay: number }>} ctx
   */
  async fetch(request, _env, ctx) {
    const { queue, delay } = ctx.props;
    const target = env[`queue:${queue}`];
    if (target === undefined) throw new Error(`there is no queue ${queue}`);
    if (request.method !== "POST") return target.fetch(request);
    try {
      return await target.fetch(await checked(request, delay));
    } catch (error) {
      if (error instanceof Refusal) return error.response();
      throw error;
    }
  },
};

/**
 * @param {Request} request
 * @param {number} delay
 */
async function checked(request, delay) {
  const headers = new Headers(request.headers);
  const body = await request.arrayBuffer();
  const given = headers.get(DELAY);
  if (new URL(request.url).pathname === "/batch") checkBatch(batchOf(body), given);
  else checkMessage(body.byteLength, given);
  if (given === null) headers.set(DELAY, String(delay));
  return new Request(request.url, { method: "POST", headers, body });
}

/**
 * @param {ArrayBuffer} body
 * @returns {Parameters<typeof checkBatch>[0]}
 */
const batchOf = (body) => /** @type {any} */ (JSON.parse(new TextDecoder().decode(body)));
