// Stands before a queue that has a delivery delay: a message whose sender names no delay gets it.

import { env } from "cloudflare:workers";

const DELAY = "x-msg-delay-secs";

export default {
  /**
   * @param {Request} request
   * @param {unknown} _env
   * @param {ExecutionContext<{ queue: string, delay: number }>} ctx
   */
  fetch(request, _env, ctx) {
    const { queue, delay } = ctx.props;
    const target = env[`queue:${queue}`];
    if (target === undefined) throw new Error(`there is no queue ${queue}`);
    const sent = new Request(request);
    if (!sent.headers.has(DELAY)) sent.headers.set(DELAY, String(delay));
    return target.fetch(sent);
  },
};
