// The S3 API: path style, signed with AWS Signature Version 4.

/** @import { CorsRule } from "./cors.mjs" */
/** @import { Chain } from "./sigv4.mjs" */

import * as buckets from "./s3_buckets.mjs";
import * as cors from "./cors.mjs";
import { R2Error } from "./errors.mjs";
import { Objects } from "./objects.mjs";
import * as s3Objects from "./s3_objects.mjs";
import { authenticate } from "./sigv4.mjs";
import { answer } from "./xml.mjs";

/**
 * A request as its operation sees it.
 * @typedef {object} Call
 * @property {Request} request
 * @property {URLSearchParams} query
 * @property {{ payload: string, chain: Chain }} signed
 * @property {string} bucket
 * @property {string} key
 */

/** @typedef {Call & { objects: Objects }} BucketCall */

/** @typedef {{ bucket: string, key: string }} Place */

/**
 * Answer one request.
 * @param {Request} request
 */
export async function serve(request) {
  const url = new URL(request.url);
  const place = placeOf(url);
  const rules = rulesOf(place.bucket);
  const response = await guarded(request, url, place, rules);
  return cors.shared(rules, request, response);
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {Place} place
 * @param {CorsRule[]} rules
 */
async function guarded(request, url, place, rules) {
  try {
    if (request.method === "OPTIONS") return cors.preflight(rules, request);
    const signed = authenticate(request, url);
    return await dispatch({ request, query: url.searchParams, signed, ...place });
  } catch (error) {
    await drain(request);
    return failed(R2Error.from(error), request, url);
  }
}

/**
 * Read what is left: a client that is still sending would see its connection break instead of the
 * reason.
 * @param {Request} request
 */
async function drain({ body, bodyUsed }) {
  if (body && !bodyUsed && !body.locked) await body.pipeTo(new WritableStream());
}

/** @param {Call} call */
function dispatch(call) {
  if (call.bucket === "") return buckets.listAll(call);
  const objects = Objects.named(call.bucket);
  return call.key === "" ? buckets.serve({ ...call, objects }) : s3Objects.serve({ ...call, objects });
}

/**
 * @param {URL} url
 * @returns {Place}
 */
function placeOf(url) {
  const [, bucket = "", ...rest] = url.pathname.split("/");
  try {
    return { bucket, key: decodeURIComponent(rest.join("/")) };
  } catch {
    return { bucket, key: "" };
  }
}

/** @param {string} bucket */
function rulesOf(bucket) {
  try {
    return Objects.named(bucket).settings.cors;
  } catch {
    return [];
  }
}

/**
 * @param {R2Error} error
 * @param {Request} request
 * @param {URL} url
 */
function failed(error, request, url) {
  const { status, message, s3Code, headers } = error;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const content = { Code: s3Code, Message: message, Resource: url.pathname };
  return answer("Error", content, { status, headers, namespace: false });
}
