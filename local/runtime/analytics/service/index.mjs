// Analytics Engine: takes the points that workerd sends for a dataset, and keeps them for three months.

import { WorkerEntrypoint } from "cloudflare:workers";
import { Points } from "./points.mjs";

export { Points };

/** @typedef {{ dataset: string }} Props */

/** @extends {WorkerEntrypoint<Cloudflare.Env, Props>} */
export default class extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    const { POINTS } = this.env;
    /** @type {import("./points.mjs").Sent} */
    const point = await request.json();
    await POINTS.get(POINTS.idFromName("all")).keep(this.ctx.props.dataset, point);
    return new Response();
  }
}
