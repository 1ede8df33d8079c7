// R2 for the admin worker, below `/r2/`. The paths stand in `../admin.mjs`.

/** @import { Report } from "./lifecycle.mjs" */
/** @import { StoredObject } from "./schema.mjs" */

import { env } from "cloudflare:workers";
import { R2Error } from "./errors.mjs";
import { contentHeaders, httpOf } from "./http.mjs";
import { Objects } from "./objects.mjs";
import { pathOf } from "./paths.mjs";

/** @param {Request} request */
export async function serve(request) {
  const url = new URL(request.url);
  const [, bucket = "", kind, ...path] = pathOf(request).slice(1).split("/").map(decodeURIComponent);
  try {
    if (bucket === "settings" && request.method === "PUT") return tell(await request.json());
    if (bucket === "lifecycle" && request.method === "POST") return Response.json(await lifecycle(await request.json()));
    const objects = Objects.named(bucket);
    if (kind === undefined) return Response.json(await objects.usage());
    if (kind === "uploads") return Response.json({ uploads: await objects.listUploads() });
    if (path.length === 0) return Response.json(await list(objects, url.searchParams));
    return await one(objects, path.join("/"), request);
  } catch (error) {
    const { kind: code, number, message, status } = R2Error.from(error);
    return Response.json({ error: { code, number, message } }, { status });
  }
}

/**
 * Take the settings of all buckets; who reads them finds the new ones at the next request.
 * @param {Cloudflare.Env["BUCKETS"]} settings
 */
function tell(settings) {
  for (const name of Object.keys(env.BUCKETS)) Reflect.deleteProperty(env.BUCKETS, name);
  Object.assign(env.BUCKETS, settings);
  return Response.json({});
}

/** @param {{ now: number }} asked */
async function lifecycle({ now }) {
  /** @type {Record<string, Report>} */
  const report = {};
  for (const name of Object.keys(env.BUCKETS)) report[name] = await Objects.named(name).applyLifecycle(now);
  return report;
}

/**
 * @param {Objects} objects
 * @param {URLSearchParams} query
 */
async function list(objects, query) {
  /** @param {string} name */
  const text = (name) => query.get(name) ?? undefined;
  const limit = query.has("limit") ? Number(query.get("limit")) : undefined;
  const found = await objects.list({
    limit,
    prefix: text("prefix"),
    cursor: text("cursor"),
    delimiter: text("delimiter"),
    startAfter: text("start_after"),
  });
  const { cursor } = found;
  const shown = found.objects.map(summary);
  return { objects: shown, delimited_prefixes: found.prefixes, truncated: cursor !== undefined, cursor };
}

/**
 * @param {Objects} objects
 * @param {string} key
 * @param {Request} request
 */
async function one(objects, key, request) {
  switch (request.method) {
    case "PUT":
      return Response.json(summary(await put(objects, key, request)));
    case "DELETE":
      await objects.delete([key]);
      return Response.json({});
    default:
      return content(objects, key, request.method === "HEAD");
  }
}

/**
 * @param {Objects} objects
 * @param {string} key
 * @param {Request} request
 */
function put(objects, key, request) {
  const size = Number(request.headers.get("content-length") ?? Number.NaN);
  if (Number.isNaN(size)) throw new R2Error("MissingContentLength");
  const storageClass = request.headers.get("x-storage-class") ?? undefined;
  const custom = customOf(request.headers.get("x-custom-metadata"));
  return objects.put(key, request.body, { size, http: httpOf(request.headers), custom, storageClass });
}

/**
 * @param {string | null} written as percent-encoded JSON
 * @returns {Record<string, string>}
 */
function customOf(written) {
  return written === null ? {} : /** @type {Record<string, string>} */ (JSON.parse(decodeURIComponent(written)));
}

/**
 * @param {Objects} objects
 * @param {string} key
 * @param {boolean} headOnly
 */
async function content(objects, key, headOnly) {
  const object = await objects.head(key);
  const body = headOnly ? null : objects.read(object, { offset: 0, length: object.size });
  return new Response(body, { headers: { ...contentHeaders(object), "content-length": String(object.size) } });
}

/** @param {StoredObject} object */
function summary({ key, size, etag, uploaded, storageClass, http, custom }) {
  const last_modified = new Date(uploaded).toISOString();
  return { key, size, etag, last_modified, storage_class: storageClass, http_metadata: http, custom_metadata: custom };
}
