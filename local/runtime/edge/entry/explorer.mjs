// The API of wrangler's Local Explorer, which miniflare answers at the hosts of workers. It is asked of the
// local API, which decides who may: this code says whom and by which name it was asked.

import { env } from "cloudflare:workers";

const PLACE = /^\/cdn-cgi\/(?:local\/)?explorer\/api(?:[/?]|$)/;

/**
 * Return whether a request is for the Local Explorer, where there is one.
 * @param {string} path with its query
 */
export const isForExplorer = (path) => path.startsWith("/cdn-cgi/") && PLACE.test(path) && env.EXPLORER.address !== undefined;

/**
 * Pass a request on.
 * @param {Request} request
 * @param {string} host that was asked, as the client wrote it
 * @param {string} path with its query
 */
export function explore(request, host, path) {
  const { address = "", key = "" } = env.EXPLORER;
  const headers = new Headers(request.headers);
  headers.set("x-local-explorer", key);
  headers.set("x-local-peer", peer(request));
  headers.set("x-forwarded-host", host);
  const { method, body } = request;
  return env.LOOPBACK.fetch(`${address}${path}`, { method, headers, body, redirect: "manual" });
}

/** @param {Request} request */
const peer = (request) => /** @type {{ clientIp?: string } | undefined} */ (request.cf)?.clientIp ?? "";
