// AWS Signature Version 4, in a header or in a presigned URL.

import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { env } from "cloudflare:workers";
import { R2Error } from "./errors.mjs";
import { decoded, pathOf } from "./paths.mjs";

/** @typedef {{ id: string, day: string, region: string, text: string }} Scope */

/**
 * What a request says of its signature.
 * @typedef {object} Signed
 * @property {Scope} scope
 * @property {string[]} headers the names of those that are signed
 * @property {string} signature
 * @property {string} stamp the moment, as AWS writes it
 * @property {string} payload how the body is signed: the value of x-amz-content-sha256
 */

const ALGORITHM = "AWS4-HMAC-SHA256";
const HEADER = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const MAX_EXPIRES = 7 * 24 * 60 * 60;
const MAX_SKEW_MS = 15 * 60 * 1000;
const UNSIGNED = "UNSIGNED-PAYLOAD";
const PAYLOAD = /^(?:[0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-UNSIGNED-PAYLOAD-TRAILER)$/;
const PAYLOAD_HEADER = "x-amz-content-sha256";

/** @param {string | Uint8Array} data */
const sha256 = (data) => createHash("sha256").update(data).digest("hex");
/**
 * @param {string | Uint8Array} key
 * @param {string} data
 */
const hmac = (key, data) => createHmac("sha256", key).update(data).digest();

/**
 * Percent-encode as AWS does: everything but letters, digits, `-`, `.`, `_`, `~`.
 * @param {string} text
 */
export const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Check who signed the request; returns how its body is signed.
 * @param {Request} request
 * @param {URL} url
 */
export function authenticate(request, url) {
  const signed = url.searchParams.has("X-Amz-Algorithm") ? fromQuery(request, url) : fromHeader(request);
  checkPayload(signed.payload);
  const key = signingKey(secretOf(signed.scope), signed.scope);
  const text = [ALGORITHM, signed.stamp, signed.scope.text, sha256(canonical(request, url, signed))].join("\n");
  if (!same(hmac(key, text).toString("hex"), signed.signature)) throw new R2Error("SignatureDoesNotMatch");
  checkSigned(request.headers, signed.headers);
  return signed.payload;
}

/** @param {string} payload */
function checkPayload(payload) {
  if (payload.startsWith("STREAMING-AWS4-")) throw new R2Error("NotImplemented", `${payload} not implemented`);
  if (!PAYLOAD.test(payload)) throw new R2Error("InvalidArgument", `${PAYLOAD_HEADER} is no digest and no kind of body.`);
}

/**
 * Whoever was given a presigned address may add nothing that its maker did not sign.
 * @param {Headers} sent
 * @param {string[]} signed
 */
function checkSigned(sent, signed) {
  const unsigned = [...sent.keys()].filter((name) => name.startsWith("x-amz-") && !signed.includes(name));
  const added = unsigned.filter((name) => name !== PAYLOAD_HEADER);
  if (added.length > 0) throw new R2Error("AccessDenied", `There were headers present in the request which were not signed: ${added.join(", ")}`);
}

/**
 * @param {Request} request
 * @returns {Signed}
 */
function fromHeader(request) {
  const header = request.headers.get("authorization");
  if (header === null) throw new R2Error("Unauthorized");
  const [, credential, headers, signature] = HEADER.exec(header) ?? [];
  if (!credential || !headers || !signature) throw new R2Error("InvalidArgument", "The Authorization header is not AWS4-HMAC-SHA256.");
  const stamp = request.headers.get("x-amz-date") ?? "";
  const payload = request.headers.get(PAYLOAD_HEADER);
  if (payload === null) throw new R2Error("InvalidArgument", "Missing required header x-amz-content-sha256.");
  if (Math.abs(Date.now() - timeOf(stamp)) > MAX_SKEW_MS) throw new R2Error("RequestTimeTooSkewed");
  return { scope: scopeOf(credential, stamp), headers: headers.split(";"), signature, stamp, payload };
}

/**
 * @param {Request} request
 * @param {URL} url
 * @returns {Signed}
 */
function fromQuery(request, url) {
  const query = url.searchParams;
  /** @param {string} name */
  const text = (name) => query.get(name) ?? "";
  const stamp = text("X-Amz-Date");
  if (text("X-Amz-Algorithm") !== ALGORITHM) throw new R2Error("InvalidArgument", `X-Amz-Algorithm must be ${ALGORITHM}.`);
  checkExpiry(stamp, Number(query.get("X-Amz-Expires") ?? Number.NaN));
  const headers = text("X-Amz-SignedHeaders").split(";");
  const payload = query.get("X-Amz-Content-Sha256") ?? request.headers.get(PAYLOAD_HEADER) ?? UNSIGNED;
  const scope = scopeOf(text("X-Amz-Credential"), stamp);
  return { scope, headers, signature: text("X-Amz-Signature"), stamp, payload };
}

/**
 * @param {string} stamp when the address was made
 * @param {number} expires after how many seconds
 */
function checkExpiry(stamp, expires) {
  if (!(expires >= 1 && expires <= MAX_EXPIRES)) {
    throw new R2Error("InvalidArgument", `X-Amz-Expires must be between 1 and ${MAX_EXPIRES} seconds.`);
  }
  const begin = timeOf(stamp);
  if (begin - Date.now() > MAX_SKEW_MS) throw new R2Error("RequestTimeTooSkewed");
  if (Date.now() > begin + expires * 1000) throw new R2Error("ExpiredRequest");
}

/**
 * The moment of a signature, in milliseconds.
 * @param {string} stamp
 */
function timeOf(stamp) {
  const parts = STAMP.exec(stamp)?.slice(1).map(Number);
  if (parts === undefined) throw new R2Error("InvalidArgument", "The date of the signature is missing or malformed.");
  const [year = 0, month = 0, day, hour, minute, second] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/**
 * @param {string} credential
 * @param {string} stamp
 * @returns {Scope}
 */
function scopeOf(credential, stamp) {
  const [id = "", day = "", region = "", service, end, ...rest] = credential.split("/");
  const fits = service === "s3" && end === "aws4_request" && rest.length === 0 && day === stamp.slice(0, 8);
  if (!fits) throw new R2Error("InvalidArgument", "The credential's scope must be <date>/<region>/s3/aws4_request.");
  return { id, day, region, text: [day, region, service, end].join("/") };
}

/** @param {Scope} scope */
function secretOf({ id }) {
  const secret = Object.hasOwn(env.KEYS, id) ? env.KEYS[id] : undefined;
  if (secret === undefined) throw new R2Error("Unauthorized");
  return secret;
}

/**
 * @param {string} secret
 * @param {Scope} scope
 */
function signingKey(secret, { day, region }) {
  return ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {Signed} signed
 */
function canonical(request, url, { headers, payload }) {
  if (!headers.includes("host")) throw new R2Error("InvalidArgument", "The host header must be signed.");
  const values = headers.map((name) => `${name}:${headerOf(request, url, name)}\n`).join("");
  return [request.method, canonicalPath(request), queryOf(url), values, headers.join(";"), payload].join("\n");
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {string} name
 */
function headerOf(request, url, name) {
  const value = name === "host" ? url.host : request.headers.get(name);
  return (value ?? "").trim().replace(/\s+/g, " ");
}

/** @param {Request} request */
const canonicalPath = (request) => pathOf(request).split("/").map((part) => encode(decoded(part))).join("/");

/** @param {URL} url */
function queryOf(url) {
  return [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => ({ name: encode(name), value: encode(value) }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value))
    .map(({ name, value }) => `${name}=${value}`)
    .join("&");
}

/** @type {(a: string, b: string) => number} */
const compare = (a, b) => (a < b ? -1 : Number(a > b));

/**
 * Whether two texts are equal, in a time that does not tell how far.
 * @param {string} a
 * @param {string} b
 */
function same(a, b) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
