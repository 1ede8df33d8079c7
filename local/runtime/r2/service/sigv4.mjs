// AWS Signature Version 4, in a header or in a presigned URL.

import { Buffer } from "node:buffer";
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { env } from "cloudflare:workers";
import { R2Error } from "./errors.mjs";

const ALGORITHM = "AWS4-HMAC-SHA256";
const HEADER = /^AWS4-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/;
const STAMP = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const MAX_EXPIRES = 7 * 24 * 60 * 60;
const MAX_SKEW_MS = 15 * 60 * 1000;
const UNSIGNED = "UNSIGNED-PAYLOAD";

export const sha256 = (data) => createHash("sha256").update(data).digest("hex");
export const hmac = (key, data) => createHmac("sha256", key).update(data).digest();

/** Percent-encode as AWS does: everything but letters, digits, `-`, `.`, `_`, `~`. */
export const encode = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Check who signed the request. Answers `{payload, chain}`: how the body is signed (the value of
 * x-amz-content-sha256), and what a body signed in chunks is checked with.
 */
export function authenticate(request, url) {
  const signed = url.searchParams.has("X-Amz-Algorithm") ? fromQuery(request, url) : fromHeader(request);
  const secret = secretOf(signed.scope);
  const key = signingKey(secret, signed.scope);
  const text = [ALGORITHM, signed.stamp, signed.scope.text, sha256(canonical(request, url, signed))].join("\n");
  if (!same(hmac(key, text).toString("hex"), signed.signature)) throw new R2Error("SignatureDoesNotMatch");
  return { payload: signed.payload, chain: { key, stamp: signed.stamp, scope: signed.scope.text, signature: signed.signature } };
}

function fromHeader(request) {
  const header = request.headers.get("authorization");
  if (header === null) throw new R2Error("Unauthorized");
  const [, credential, headers, signature] = HEADER.exec(header) ?? [];
  if (credential === undefined) throw new R2Error("InvalidArgument", "The Authorization header is not AWS4-HMAC-SHA256.");
  const stamp = request.headers.get("x-amz-date") ?? "";
  const payload = request.headers.get("x-amz-content-sha256");
  if (payload === null) throw new R2Error("InvalidArgument", "Missing required header x-amz-content-sha256.");
  if (Math.abs(Date.now() - timeOf(stamp)) > MAX_SKEW_MS) throw new R2Error("RequestTimeTooSkewed");
  return { scope: scopeOf(credential, stamp), headers: headers.split(";"), signature, stamp, payload, query: false };
}

function fromQuery(request, url) {
  const query = url.searchParams;
  const stamp = query.get("X-Amz-Date") ?? "";
  const expires = Number(query.get("X-Amz-Expires") ?? Number.NaN);
  if (query.get("X-Amz-Algorithm") !== ALGORITHM) throw new R2Error("InvalidArgument", `X-Amz-Algorithm must be ${ALGORITHM}.`);
  if (!(expires >= 1 && expires <= MAX_EXPIRES)) {
    throw new R2Error("InvalidArgument", `X-Amz-Expires must be between 1 and ${MAX_EXPIRES} seconds.`);
  }
  const begin = timeOf(stamp);
  if (begin - Date.now() > MAX_SKEW_MS) throw new R2Error("RequestTimeTooSkewed");
  if (Date.now() > begin + expires * 1000) throw new R2Error("ExpiredRequest");
  const headers = (query.get("X-Amz-SignedHeaders") ?? "").split(";");
  const payload = query.get("X-Amz-Content-Sha256") ?? request.headers.get("x-amz-content-sha256") ?? UNSIGNED;
  const scope = scopeOf(query.get("X-Amz-Credential") ?? "", stamp);
  return { scope, headers, signature: query.get("X-Amz-Signature") ?? "", stamp, payload, query: true };
}

function timeOf(stamp) {
  const [, year, month, day, hour, minute, second] = STAMP.exec(stamp) ?? [];
  if (year === undefined) throw new R2Error("InvalidArgument", "The date of the signature is missing or malformed.");
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function scopeOf(credential, stamp) {
  const [id, day, region, service, end, ...rest] = credential.split("/");
  const fits = service === "s3" && end === "aws4_request" && rest.length === 0 && day === stamp.slice(0, 8);
  if (!fits) throw new R2Error("InvalidArgument", "The credential's scope must be <date>/<region>/s3/aws4_request.");
  return { id, day, region, text: [day, region, service, end].join("/") };
}

function secretOf({ id }) {
  if (!Object.hasOwn(env.KEYS, id)) throw new R2Error("Unauthorized");
  return env.KEYS[id];
}

function signingKey(secret, { day, region }) {
  return ["s3", "aws4_request"].reduce(hmac, hmac(hmac(`AWS4${secret}`, day), region));
}

function canonical(request, url, { headers, payload }) {
  if (!headers.includes("host")) throw new R2Error("InvalidArgument", "The host header must be signed.");
  const values = headers.map((name) => `${name}:${headerOf(request, url, name)}\n`).join("");
  return [request.method, pathOf(url), queryOf(url), values, headers.join(";"), payload].join("\n");
}

function headerOf(request, url, name) {
  const value = name === "host" ? url.host : request.headers.get(name);
  return (value ?? "").trim().replace(/\s+/g, " ");
}

const pathOf = (url) => url.pathname.split("/").map((part) => encode(decoded(part))).join("/");

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new R2Error("InvalidArgument", "The path is not percent-encoded UTF-8.");
  }
}

function queryOf(url) {
  return [...url.searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map(([name, value]) => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)))
    .map((pair) => pair.join("="))
    .join("&");
}

const compare = (a, b) => (a < b ? -1 : Number(a > b));

/** Whether two texts are equal, in a time that does not tell how far. */
export function same(a, b) {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
