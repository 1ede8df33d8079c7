// A worker's global fetch(). Custom domains and public buckets of this account and its S3 API are
// reached inside this process; a host that has a look-alike on this machine is never reached itself;
// everything else goes out: to public addresses, and to those of this machine that the worker's
// variables name. Routes are not reached from within, as on Cloudflare:
// behind them stands an origin. What cannot be reached is said in the log of the worker, for the
// runtime itself tells its caller nothing but a reference.

import { WorkerEntrypoint, env } from "cloudflare:workers";

const LOCAL = ".localhost";
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|0\.0\.0\.0|\[::\])$/;
const OPAQUE = /^internal error/;
const LOST = /^Network connection lost/;
const s3Hosts = new Set(env.S3_HOSTS);
const BELOW = "*.";
let { hosts, domains } = within(env.HOSTS);

/** @typedef {{ worker: string, reachable: string[] }} Props */

export default {
  /**
   * @param {Request} request
   * @param {unknown} _env
   * @param {ExecutionContext<Props>} ctx
   */
  fetch(request, _env, ctx) {
    const url = new URL(request.url);
    if (s3Hosts.has(url.host)) return env.S3.fetch(request);
    const { hostname } = url;
    const host = hostname.endsWith(LOCAL) ? hostname.slice(0, -LOCAL.length) : hostname;
    const near = hosts.has(host) || domains.some((domain) => host.endsWith(domain));
    if (near) return env.ORIGIN.fetch(request);
    const there = Object.hasOwn(env.LOOK_ALIKES, hostname) ? env.LOOK_ALIKES[hostname] : undefined;
    return there ? askLookAlike(request, url, there, ctx) : goOut(request, url, ctx);
  },
};

/** Is told when hosts changed. */
export class Control extends WorkerEntrypoint {
  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    ({ hosts, domains } = within(await request.json()));
    return new Response();
  }
}

/**
 * Whole hosts, and what hosts of a wildcard end with: `.in.example.com` of `*.in.example.com`.
 * @param {string[]} named
 */
function within(named) {
  const wide = named.filter((name) => name.startsWith(BELOW));
  return { hosts: new Set(named), domains: wide.map((name) => name.slice(1)) };
}

/**
 * Bodies pass as streams. The look-alike finds the host that was meant in `x-forwarded-host`.
 * @param {Request} request
 * @param {URL} url
 * @param {string} there its address, to which path and query are added
 * @param {ExecutionContext<Props>} ctx
 */
async function askLookAlike(request, url, there, ctx) {
  const moved = new Request(`${there}${url.pathname}${url.search}`, request);
  moved.headers.set("x-forwarded-host", url.host);
  try {
    return await env.LOOPBACK.fetch(moved);
  } catch (error) {
    throw unreached(`${reached(url)}, which is ${new URL(there).origin} here`, because(error, true), error, ctx);
  }
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {ExecutionContext<Props>} ctx
 */
async function goOut(request, url, ctx) {
  const { worker, reachable } = ctx.props;
  const declared = reachable.includes(address(url));
  try {
    if (!declared && LOOPBACK.test(url.hostname)) throw new Error(undeclared(worker));
    return await (declared ? env.LOOPBACK : env.INTERNET).fetch(request);
  } catch (error) {
    throw unreached(reached(url), because(error, declared), error, ctx);
  }
}

/** @param {URL} url */
function address(url) {
  return `${url.hostname}:${url.port || (url.protocol === "https:" ? 443 : 80)}`;
}

/** @param {URL} url */
function reached(url) {
  return `${url.protocol}//${address(url)}`;
}

/**
 * Make the error for what was not reached, which goes into the log of the worker, too.
 * @param {string} place
 * @param {string} why
 * @param {unknown} cause
 * @param {ExecutionContext<Props>} ctx
 */
function unreached(place, why, cause, ctx) {
  const reason = `fetch() could not reach ${place}: ${why}`;
  const body = JSON.stringify({ worker: ctx.props.worker, reason });
  ctx.waitUntil(env.TAIL.fetch("http://tail/", { method: "POST", body }));
  return new Error(reason, { cause });
}

/** @param {string} worker */
function undeclared(worker) {
  return (
    `it is on this machine, and no plain-text variable of worker ${worker} has that address; ` +
    "give it in a variable, such as http://127.0.0.1:8080"
  );
}

/**
 * @param {unknown} error
 * @param {boolean} declared
 */
function because(error, declared) {
  const message = error instanceof Error ? error.message : String(error);
  if (declared && (OPAQUE.test(message) || LOST.test(message))) return "nothing listens there, or it broke off";
  if (!OPAQUE.test(message)) return message;
  return "it does not resolve, does not answer, or is no public address";
}
