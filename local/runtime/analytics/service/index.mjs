// Analytics Engine: takes the points that workerd sends for a dataset, and keeps them for three months.
//
// A call and a transaction for each point would cost more than most requests do. Points are therefore
// gathered for a moment and kept together; who asks for them has them kept first, and so has an orderly end.

export { Points } from "./points.mjs";

/** @typedef {import("./points.mjs").Written} Written */

const GATHER_MS = 250;
const MOST = 500;

/** @type {Written[]} what is not kept yet */
let gathered = [];

/** @type {Set<Promise<void>>} what is being kept */
const keeping = new Set();

let isEnding = false;

export default {
  /**
   * `POST` writes a point; `PUT` returns when all is kept that was written, and says whether it is the end.
   * @param {Request} request
   * @param {Cloudflare.Env} env
   * @param {ExecutionContext<{ dataset: string }>} ctx
   */
  async fetch(request, env, ctx) {
    if (request.method === "PUT") {
      isEnding = (await request.json()) === "end";
      await keepAll(env);
      return new Response();
    }
    const point = await request.text(); // read first: `gathered` may be another list after it
    gathered.push({ dataset: ctx.props.dataset, point });
    if (isEnding || gathered.length >= MOST) await keep(env);
    else if (gathered.length === 1) ctx.waitUntil(scheduler.wait(GATHER_MS).then(() => keep(env)));
    return new Response();
  },
};

/** @param {Cloudflare.Env} env */
async function keepAll(env) {
  await keep(env);
  await Promise.all(keeping);
}

/** @param {Cloudflare.Env} env */
async function keep({ POINTS }) {
  const points = gathered;
  gathered = [];
  if (points.length === 0) return;
  const kept = POINTS.get(POINTS.idFromName("all")).keep(points);
  keeping.add(kept);
  try {
    await kept;
  } finally {
    keeping.delete(kept);
  }
}
