// A bucket's CORS rules, on answers of the S3 API and of public hosts, and on preflights. The first
// that fits decides; what no rule allows gets no header, and its preflight 403.

/**
 * @typedef {object} CorsRule
 * @property {string} [id]
 * @property {{ origins: string[], methods: string[], headers?: string[] }} allowed
 * @property {string[]} [exposeHeaders]
 * @property {number} [maxAgeSeconds]
 */

import { R2Error } from "./errors.mjs";
import { EVERYBODY, allowsOrigin } from "./origins.mjs";

const ANY = "*";
/** @param {string[]} texts */
const lower = (texts) => texts.map((text) => text.toLowerCase());

/**
 * @param {CorsRule} rule
 * @param {string} origin
 * @param {string} method
 * @param {string[]} headers in small letters
 */
function fits({ allowed }, origin, method, headers) {
  const names = lower(allowed.headers ?? []);
  return (
    allowed.origins.some((each) => allowsOrigin(each, origin)) &&
    allowed.methods.includes(method) &&
    (names.includes(ANY) || headers.every((header) => names.includes(header)))
  );
}

/** @type {(rule: CorsRule, origin: string) => Record<string, string>} */
const common = ({ allowed }, origin) => ({
  "access-control-allow-origin": allowed.origins.includes(EVERYBODY) ? EVERYBODY : origin,
  vary: "Origin",
});

/**
 * The answer to a preflight; throws AccessDenied when no rule fits.
 * @param {CorsRule[]} rules
 * @param {Request} request
 */
export function preflight(rules, request) {
  const origin = request.headers.get("origin");
  const method = request.headers.get("access-control-request-method");
  if (origin === null || method === null) {
    throw new R2Error("InvalidArgument", "A preflight needs the headers Origin and Access-Control-Request-Method.");
  }
  const asked = request.headers.get("access-control-request-headers") ?? "";
  const headers = lower(asked.split(",").map((name) => name.trim()).filter((name) => name !== ""));
  const rule = rules.find((each) => fits(each, origin, method, headers));
  if (rule === undefined) throw new R2Error("AccessDenied", "No CORS rule of the bucket allows this request.");
  /** @type {Record<string, string>} */
  const allowed = { ...common(rule, origin), "access-control-allow-methods": rule.allowed.methods.join(", ") };
  if (headers.length > 0) allowed["access-control-allow-headers"] = headers.join(", ");
  if (rule.maxAgeSeconds !== undefined) allowed["access-control-max-age"] = String(rule.maxAgeSeconds);
  return new Response(null, { status: 204, headers: allowed });
}

/**
 * `response` with the headers that the rules give to a request from another origin.
 * @param {CorsRule[]} rules
 * @param {Request} request
 * @param {Response} response
 */
export function shared(rules, request, response) {
  const origin = request.headers.get("origin");
  if (origin === null) return response;
  const rule = rules.find((each) => fits(each, origin, request.method, []));
  if (rule === undefined) return response;
  const answer = new Response(response.body, response);
  for (const [name, value] of Object.entries(common(rule, origin))) answer.headers.set(name, value);
  const exposed = rule.exposeHeaders ?? [];
  if (exposed.length > 0) answer.headers.set("access-control-expose-headers", exposed.join(", "));
  return answer;
}
