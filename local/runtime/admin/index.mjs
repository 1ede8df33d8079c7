// The private control of everything that holds data. It listens on a socket that only the
// supervisor can reach. Every answer is JSON unless said otherwise; an error is
// `{"error": {"code", "message"}}` with a status of 400 or above.
//
//   GET    /ready                          "ready"
//
// All other paths begin with the name of a kind, whose `admin.mjs` says which there are and answers
// them. Keys in a path are percent-encoded as one segment. The path is read as it was sent: `new URL()`
// takes `..` for a step back, also where it is percent-encoded.

import { KINDS } from "./kinds";
import { Problem } from "./problem.mjs";

/**
 * The path in an address, without the slash before it.
 * @param {string} address
 */
const pathOf = (address) => /^[a-z]+:\/\/[^/?#]*\/([^?#]*)/i.exec(address)?.[1] ?? "";

export default {
  /**
   * @param {Request} request
   * @param {Cloudflare.Env} env
   */
  async fetch(request, env) {
    const url = new URL(request.url);
    const [kind = "", id = "", ...rest] = pathOf(request.url).split("/").map(decodeURIComponent);
    if (kind === "ready") return new Response("ready");
    try {
      const serve = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
      if (serve === undefined) throw new Problem(404, "unknown_path", `nothing at ${url.pathname}`);
      return await serve({ request, env, url, id, rest });
    } catch (error) {
      return Problem.from(error).response();
    }
  },
};
