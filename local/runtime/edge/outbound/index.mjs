// A worker's global fetch(). Custom domains and public buckets of this account and its S3 API are
// reached inside this process; everything else goes out, to public addresses only. Routes are not
// reached from within, as on Cloudflare: behind them stands an origin.

import { env } from "cloudflare:workers";

const LOCAL = ".localhost";
const hosts = new Set(env.HOSTS);
const s3Hosts = new Set(env.S3_HOSTS);

export default {
  /** @param {Request} request */
  fetch(request) {
    const url = new URL(request.url);
    if (s3Hosts.has(url.host)) return env.S3.fetch(request);
    const { hostname } = url;
    const host = hostname.endsWith(LOCAL) ? hostname.slice(0, -LOCAL.length) : hostname;
    return hosts.has(host) ? env.ORIGIN.fetch(request) : env.INTERNET.fetch(request);
  },
};
