import { WorkerEntrypoint } from "cloudflare:workers";

import type { Env } from "./env";
import { internalApp } from "./internal";
import { publicApp } from "./public";

const inside = internalApp();
const outside = publicApp();

export { BillingLedger } from "./ledger/object";

/** What other workers are bound to. Hosts do not lead here. */
export class Billing extends WorkerEntrypoint<Env> {
  override fetch(request: Request): Promise<Response> | Response {
    return inside.fetch(request, this.env, this.ctx);
  }
}

/** Billing of SuperInstance: a ledger for each account, and the payments that Stripe tells of. */
export default {
  fetch(request, env, ctx): Promise<Response> | Response {
    return outside.fetch(request, env, ctx);
  },
} satisfies ExportedHandler<Env>;
