// Asks an origin once, and says what is wrong with its answer, in Cloudflare's words where they are known.

import { env } from "cloudflare:workers";
import { reach } from "./reach.mjs";

/**
 * @typedef {object} Check
 * @property {string} address
 * @property {"http" | "https"} scheme
 * @property {number} port 0: that of the scheme
 * @property {string} host
 * @property {string} path
 * @property {string} method
 * @property {Record<string, string[]>} headers
 * @property {string[]} expected_codes `200`, `2xx`
 * @property {string} expected_body "" for any
 * @property {boolean} follow_redirects
 * @property {number} timeout seconds
 * @property {number} retries after a timeout, at once
 */

/** @typedef {{ failure_reason: string, response_code: number, rtt: number }} Found "" for no failure, 0 for no answer; milliseconds */

const TIMED_OUT = "HTTP timeout occurred";
const NO_CONNECTION = "TCP connection failed";
// Ports at which Cloudflare answers for the hosts that live here. A check by https that names none asks at 80.
const OPEN = {
  http: new Set([0, 80, 8080, 8880, 2052, 2082, 2086, 2095]),
  https: new Set([0, 443, 2053, 2083, 2087, 2096, 8443]),
};
const LOOKED_AT = 100 * 1024; // bytes of a body
// Checkers come from addresses of Cloudflare, so that no rule counts them as the visitor of this machine.
const CHECKER = "192.0.2.1";

/**
 * @param {Check} check
 * @returns {Promise<Found>}
 */
export async function probe(check) {
  for (let tried = 0; ; tried += 1) {
    const found = await once(check);
    if (found.failure_reason !== TIMED_OUT || tried >= check.retries) return found;
  }
}

/**
 * @param {Check} check
 * @returns {Promise<Found>}
 */
async function once(check) {
  const began = Date.now();
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, check.timeout * 1000);
  try {
    const found = await Promise.race([asked(check, late.signal), overdue(late.signal)]);
    return { ...found, rtt: Date.now() - began };
  } catch {
    const failure_reason = late.signal.aborted ? TIMED_OUT : NO_CONNECTION;
    return { failure_reason, response_code: 0, rtt: Date.now() - began };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<never>}
 */
function overdue(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => {
      reject(new Error(TIMED_OUT));
    });
  });
}

/**
 * @param {Check} check
 * @param {AbortSignal} signal
 */
async function asked(check, signal) {
  const reached = reach(check, env.EDGE);
  const isOpen = reached?.fetcher !== env.EDGE || OPEN[check.scheme].has(check.port);
  if (reached === undefined || !isOpen) return { failure_reason: NO_CONNECTION, response_code: 0 };
  const answer = await reached.fetcher.fetch(`${reached.scheme}://${check.host}${check.path}`, {
    method: check.method,
    headers: headersOf(check),
    redirect: check.follow_redirects ? "follow" : "manual",
    cf: reached.cf,
    signal,
  });
  return { failure_reason: await faultOf(check, answer), response_code: answer.status };
}

/** @param {Check} check */
function headersOf({ headers }) {
  const sent = new Headers({ "cf-connecting-ip": CHECKER, "x-forwarded-proto": "https" });
  for (const [name, values] of Object.entries(headers)) {
    sent.delete(name);
    for (const value of values) sent.append(name, value);
  }
  sent.delete("host");
  return sent;
}

/**
 * @param {Check} check
 * @param {Response} answer
 */
async function faultOf({ expected_codes, expected_body }, answer) {
  if (!expected_codes.some((code) => fits(code, answer.status))) {
    await answer.body?.cancel();
    return "Response code mismatch error";
  }
  if (expected_body === "") {
    await answer.body?.cancel();
    return "";
  }
  const body = await beginning(answer);
  return body.toLowerCase().includes(expected_body.toLowerCase()) ? "" : "Response body mismatch error";
}

/**
 * @param {string} code `200`, or `2xx` for all that begin so
 * @param {number} status
 */
function fits(code, status) {
  return new RegExp(`^${code.trim().toLowerCase().replaceAll("x", "\\d")}$`).test(String(status));
}

/** @param {Response} answer */
async function beginning(answer) {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  /** @type {AsyncIterable<Uint8Array> | never[]} */
  const pieces = answer.body ?? [];
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    size += piece.byteLength;
    if (size >= LOOKED_AT) break;
  }
  return text;
}
