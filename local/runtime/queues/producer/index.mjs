// Stands before a queue that has a delivery delay: a message whose sender names no delay gets it.

import { env } from "cloudflare:workers";

const DELAY = "x-msg-delay-secs";

export default {
  fetch(request, _env, ctx) {
    const { queue, delay } = ctx.props;
    const sent = new Request(request);
    if (!sent.headers.has(DELAY)) sent.headers.set(DELAY, String(delay));
    return env[`queue:${queue}`].fetch(sent);
  },
};
