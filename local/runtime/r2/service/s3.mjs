// The S3 API: path style, signed with AWS Signature Version 4.

/** @import { CorsRule } from "./cors.mjs" */
/** @import { OperationName } from "./s3_fields.mjs" */

import * as cors from "./cors.mjs";
import { R2Error } from "./errors.mjs";
import { Objects } from "./objects.mjs";
import { decoded, pathOf } from "./paths.mjs";
import * as buckets from "./s3_buckets.mjs";
import { check, headersOf } from "./s3_fields.mjs";
import * as s3Objects from "./s3_objects.mjs";
import { authenticate } from "./sigv4.mjs";
import { answer } from "./xml.mjs";

/**
 * A request as its operation sees it.
 * @typedef {object} Call
 * @property {Request} request
 * @property {Headers} headers with those that the address has instead
 * @property {URLSearchParams} query
 * @property {string} payload how the body is signed
 * @property {string} bucket
 * @property {string} key
 */

/** @typedef {Call & { objects: Objects }} BucketCall */

/** What is asked for, by its name in S3. @typedef {[OperationName, (call: BucketCall) => Promise<Response>]} Operation */

/**
 * Answer one request.
 * @param {Request} request
 */
export async function serve(request) {
  const url = new URL(request.url);
  const [, bucket = "", ...rest] = pathOf(request).split("/");
  const rules = rulesOf(bucket);
  const response = await guarded(request, url, bucket, rest.join("/"), rules);
  return cors.shared(rules, request, response);
}

/**
 * @param {Request} request
 * @param {URL} url
 * @param {string} bucket
 * @param {string} path the key as it was sent
 * @param {CorsRule[]} rules
 */
async function guarded(request, url, bucket, path, rules) {
  try {
    if (request.method === "OPTIONS") return cors.preflight(rules, request);
    refuseForms(request);
    const payload = authenticate(request, url);
    const headers = headersOf(request.headers, url.searchParams);
    return await dispatch({ request, headers, query: url.searchParams, payload, bucket, key: decoded(path) });
  } catch (error) {
    await drain(request);
    return failed(R2Error.from(error), request);
  }
}

/**
 * A form carries its signature in a field: without this it would look like a request without one.
 * @param {Request} request
 */
function refuseForms({ method, headers }) {
  const type = headers.get("content-type")?.toLowerCase() ?? "";
  if (method === "POST" && type.startsWith("multipart/form-data")) {
    throw new R2Error("NotImplemented", "Presigned post requests are not yet implemented");
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
  const { bucket, key, headers, query } = call;
  if (bucket === "") {
    check("ListBuckets", headers, query);
    return buckets.listAll(call);
  }
  const objects = Objects.named(bucket);
  const whole = { ...call, objects };
  const [name, operation] = key === "" ? buckets.operationOf(whole) : s3Objects.operationOf(whole);
  check(name, headers, query);
  return operation(whole);
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
 */
function failed(error, request) {
  const { status, message, s3Code, headers } = error;
  if (request.method === "HEAD") return new Response(null, { status, headers });
  const content = { Code: s3Code, Message: message, Resource: pathOf(request) };
  return answer("Error", content, { status, headers, namespace: false });
}
