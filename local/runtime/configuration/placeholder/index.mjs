// In the place of a worker whose code was deleted. Behind it stand lines that give these classes the names of
// the worker's own.

import { DurableObject, WorkerEntrypoint } from "cloudflare:workers";

const WAIT_MS = 60_000;

function answer() {
  const text = "the code of this worker was deleted; make up uploads it again\n";
  return new Response(text, { status: 503, headers: { "content-type": "text/plain", "retry-after": "60" } });
}

export default { fetch: answer };

export class LostEntrypoint extends WorkerEntrypoint {
  /** @override */
  fetch() {
    return answer();
  }
}

export class LostObject extends DurableObject {
  /** @override */
  fetch() {
    return answer();
  }

  /** @override */
  async alarm() {
    await this.ctx.storage.setAlarm(Date.now() + WAIT_MS); // it is the code's, which will be back
  }
}
