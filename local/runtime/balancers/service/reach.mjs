// How an origin is reached from here: a server of this machine, a tunnel by its name, or a host that
// lives in this local Cloudflare.

import { env } from "cloudflare:workers";

const TUNNELS = ".cfargotunnel.com";

/**
 * @typedef {object} Reached
 * @property {Fetcher} fetcher
 * @property {Record<string, string>} cf
 * @property {"http" | "https"} scheme
 */

/**
 * @param {{ address: string, scheme: "http" | "https", port: number }} origin
 * @param {Fetcher} hosts who answers for the hosts that live here
 * @returns {Reached | undefined} undefined for a server of this machine that nothing was started for
 */
export function reach({ address, scheme, port }, hosts) {
  if (address.endsWith(TUNNELS)) return { fetcher: env.TUNNELS, cf: { tunnel: address }, scheme: "https" };
  if (!isLoopback(address)) return { fetcher: hosts, cf: {}, scheme: "https" };
  const host = address.includes(":") ? `[${address}]` : address;
  const fetcher = env[`endpoint:${scheme}://${host}:${port || (scheme === "https" ? 443 : 80)}`];
  return fetcher && { fetcher, cf: {}, scheme };
}

/** @param {string} address */
const isLoopback = (address) => address === "localhost" || address === "::1" || /^127(\.\d{1,3}){3}$/.test(address);
