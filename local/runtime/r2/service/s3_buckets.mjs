// Operations of the S3 API on buckets.

/** @import { BucketCall, Call, Operation } from "./s3.mjs" */
/** @import { StoredObject } from "./schema.mjs" */
/** @import { Element } from "./xml.mjs" */

import { env } from "cloudflare:workers";
import { R2Error } from "./errors.mjs";
import { behind } from "./listing.mjs";
import { Objects } from "./objects.mjs";
import { s3ClassOf } from "./limits.mjs";
import { document } from "./s3_content.mjs";
import { encode } from "./sigv4.mjs";
import { listUploads } from "./s3_listings.mjs";
import { answer } from "./xml.mjs";

const OWN = new Set(["x-id"]);
const MAX_DELETE = 1000;

/**
 * ListBuckets
 * @param {Call} call
 */
export async function listAll({ request }) {
  if (request.method !== "GET") throw new R2Error("MethodNotAllowed");
  const names = Object.keys(env.BUCKETS).sort();
  const Bucket = await Promise.all(names.map(listedBucket));
  return answer("ListAllMyBucketsResult", { Buckets: { Bucket } });
}

/** @param {string} Name */
async function listedBucket(Name) {
  return { Name, CreationDate: new Date(await Objects.named(Name).created()).toISOString() };
}

/**
 * What a request asks of a bucket; it stands in the method and the names of the query.
 * @param {BucketCall} call
 * @returns {Operation}
 */
export function operationOf({ request, query }) {
  const names = [...query.keys()].map((name) => `${request.method} ${name}`);
  const named = names.find((name) => Object.hasOwn(OPERATIONS, name)) ?? request.method;
  const operation = Object.hasOwn(OPERATIONS, named) ? OPERATIONS[named] : undefined;
  if (operation === undefined) throw new R2Error("NotImplemented", notEmulated(request, query));
  return operation;
}

/**
 * @param {Request} request
 * @param {URLSearchParams} query
 */
function notEmulated(request, query) {
  const asked = [...query.keys()].filter((name) => !OWN.has(name)).join(", ") || "a bucket itself";
  return `not emulated: ${request.method} of ${asked}; buckets are made and set by the API v4`;
}

/** @type {Record<string, Operation>} */
const OPERATIONS = {
  HEAD: ["HeadBucket", () => Promise.resolve(new Response(null))],
  GET: ["ListObjects", listVersion1],
  "GET list-type": ["ListObjectsV2", listVersion2],
  "GET location": ["GetBucketLocation", () => Promise.resolve(answer("LocationConstraint", "auto"))],
  "GET uploads": ["ListMultipartUploads", listUploads],
  "GET cors": ["GetBucketCors", getCors],
  "POST delete": ["DeleteObjects", deleteObjects],
};

/** @param {BucketCall} call */
async function listVersion2(call) {
  const { query } = call;
  const { page, result } = await listed(call, {
    cursor: query.get("continuation-token") ?? undefined,
    startAfter: query.get("start-after") ?? undefined,
  });
  const KeyCount = page.objects.length + page.prefixes.length;
  const after = query.get("start-after");
  const place = { ContinuationToken: query.get("continuation-token"), StartAfter: after && shownBy(query)(after) };
  return answer("ListBucketResult", { ...result, ...place, KeyCount, NextContinuationToken: page.cursor });
}

/** @param {BucketCall} call */
async function listVersion1(call) {
  const { query } = call;
  const marker = query.get("marker") ?? "";
  const place = behind(marker, query.get("prefix") ?? "", query.get("delimiter") ?? "");
  const { page, result } = await listed(call, marker === "" ? {} : place);
  const shown = shownBy(query);
  const next = page.cursor === undefined ? undefined : shown(page.last);
  return answer("ListBucketResult", { ...result, Marker: shown(marker), NextMarker: next });
}

/**
 * @param {BucketCall} call
 * @param {{ cursor?: string | undefined, startAfter?: string | undefined }} place
 */
async function listed({ query, objects, bucket }, place) {
  const limit = query.has("max-keys") ? Number(query.get("max-keys")) : undefined;
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
  const page = await objects.list({ limit, prefix, delimiter, ...place });
  const shown = shownBy(query);
  const result = {
    Name: bucket,
    Prefix: shown(prefix),
    Delimiter: delimiter === "" ? undefined : shown(delimiter),
    MaxKeys: limit ?? MAX_DELETE,
    EncodingType: query.get("encoding-type"),
    IsTruncated: page.cursor !== undefined,
    Contents: page.objects.map((object) => contents(object, shown)),
    CommonPrefixes: page.prefixes.map((each) => ({ Prefix: shown(each) })),
  };
  return { page, result };
}

/**
 * How keys are written: percent-encoded, where that is asked for.
 * @param {URLSearchParams} query
 * @returns {(key: string) => string}
 */
const shownBy = (query) =>
  query.get("encoding-type") === "url" ? (key) => encode(key).replaceAll("%2F", "/") : (key) => key;

/** @type {(object: StoredObject, shown: (key: string) => string) => Record<string, unknown>} */
const contents = ({ key, etag, size, uploaded, storageClass }, shown) => ({
  Key: shown(key),
  LastModified: new Date(uploaded).toISOString(),
  ETag: `"${etag}"`,
  Size: size,
  StorageClass: s3ClassOf(storageClass),
});

/** @param {BucketCall} call */
function getCors({ objects }) {
  const { cors } = objects.settings;
  if (cors.length === 0) throw new R2Error("NoSuchCORSConfiguration");
  const CORSRule = cors.map(({ id, allowed, exposeHeaders, maxAgeSeconds }) => ({
    ID: id,
    AllowedOrigin: allowed.origins,
    AllowedMethod: allowed.methods,
    AllowedHeader: allowed.headers,
    ExposeHeader: exposeHeaders,
    MaxAgeSeconds: maxAgeSeconds,
  }));
  return Promise.resolve(answer("CORSConfiguration", { CORSRule }));
}

/** @param {BucketCall} call */
async function deleteObjects(call) {
  const root = await document(call, "Delete");
  const keys = root.all("Object").map(keyOf);
  if (keys.length === 0 || keys.length > MAX_DELETE) throw new R2Error("MalformedXML");
  await call.objects.delete(keys);
  const quiet = root.textOf("Quiet") === "true";
  return answer("DeleteResult", { Deleted: quiet ? [] : keys.map((Key) => ({ Key })) });
}

/**
 * The key of one object to delete. A version or a condition would be believed to hold.
 * @param {Element} object
 */
function keyOf(object) {
  const other = object.children.find(({ name }) => name !== "Key");
  if (other !== undefined) throw new R2Error("NotImplemented", `'${other.name}' of an object to delete not implemented`);
  return object.textOf("Key") ?? "";
}
