// KV namespaces, through the binding a worker would have.
//
//   GET    /kv/<ns>/keys                   ?prefix&limit&cursor -> {keys: [{name, expiration, metadata}], list_complete, cursor}
//   GET    /kv/<ns>/values/<key>           the value, raw; headers cf-kv-metadata (percent-encoded JSON),
//                                          cf-kv-expiration (seconds); 404
//   GET    /kv/<ns>/metadata/<key>         {metadata, expiration}; 404
//   PUT    /kv/<ns>/values/<key>           the body is the value; ?expiration&expiration_ttl (seconds), header cf-kv-metadata
//   DELETE /kv/<ns>/values/<key>
//   POST   /kv/<ns>/read                   {keys, described} -> [{value, metadata, expiration}, …], null for a key that is
//                                          not there; values in base64; `expiration` only when described
//   POST   /kv/<ns>/write                  [{key, value, metadata, expiration, expiration_ttl}, …], values in base64

/** @import { Call } from "../admin/kinds" */

import { Problem, messageOf } from "../admin/problem.mjs";

const METADATA = "cf-kv-metadata";
const EXPIRATION = "cf-kv-expiration";
/** How the binding words what the service answers with a status of 400 to 499. */
const REFUSAL = /^KV [A-Z_]+ failed: 4\d\d /;

/** @param {Call} call */
export async function serve({ request, env, url, id, rest: [kind, ...path] }) {
  const namespace = env[`kv:${id}`];
  if (!namespace) throw new Problem(404, "unknown_namespace", `there is no KV namespace ${id}`);
  const key = path.join("/");
  const method = `${request.method} ${String(kind)}`;
  switch (method) {
    case "GET keys":
      return keys(namespace, url.searchParams);
    case "GET values":
      return read(namespace, key);
    case "GET metadata":
      return metadata(namespace, key);
    case "PUT values":
      return write(namespace, key, request, url.searchParams);
    case "DELETE values":
      await refused(namespace.delete(key));
      return Response.json({});
    case "POST read":
      return readAll(namespace, await request.json());
    case "POST write":
      return writeAll(namespace, await request.json());
    default:
      throw new Problem(405, "unknown_operation", `nothing answers ${method}`);
  }
}

/**
 * @param {KVNamespace} namespace
 * @param {URLSearchParams} query
 */
async function keys(namespace, query) {
  /** @type {KVNamespaceListOptions} */
  const options = { prefix: query.get("prefix"), cursor: query.get("cursor") };
  if (query.has("limit")) options.limit = Number(query.get("limit"));
  const found = await refused(namespace.list(options));
  const cursor = found.list_complete ? undefined : found.cursor;
  return Response.json({ keys: found.keys, list_complete: found.list_complete, cursor });
}

/**
 * @param {KVNamespace} namespace
 * @param {string} key
 */
async function read(namespace, key) {
  const { value, metadata: found } = await refused(namespace.getWithMetadata(key, "stream"));
  if (value === null) throw missing(key);
  const headers = new Headers({ "content-type": "application/octet-stream" });
  if (found !== null) headers.set(METADATA, encodeURIComponent(JSON.stringify(found)));
  const expiration = await expirationOf(namespace, key);
  if (expiration !== undefined) headers.set(EXPIRATION, String(expiration));
  return new Response(value, { headers });
}

/**
 * @param {KVNamespace} namespace
 * @param {string} key
 */
async function metadata(namespace, key) {
  const { value, metadata: found } = await refused(namespace.getWithMetadata(key, "stream"));
  if (value === null) throw missing(key);
  await value.cancel();
  const expiration = (await expirationOf(namespace, key)) ?? null;
  return Response.json({ metadata: found, expiration });
}

/**
 * When a key expires: it is the first of the keys that begin with it.
 * @param {KVNamespace} namespace
 * @param {string} key
 */
async function expirationOf(namespace, key) {
  const { keys: found } = await namespace.list({ prefix: key, limit: 1 });
  return found[0]?.name === key ? found[0].expiration : undefined;
}

/**
 * @param {KVNamespace} namespace
 * @param {string} key
 * @param {Request} request
 * @param {URLSearchParams} query
 */
async function write(namespace, key, request, query) {
  /** @type {KVNamespacePutOptions} */
  const options = {};
  if (query.has("expiration")) options.expiration = Number(query.get("expiration"));
  if (query.has("expiration_ttl")) options.expirationTtl = Number(query.get("expiration_ttl"));
  const given = request.headers.get(METADATA);
  if (given !== null) options.metadata = JSON.parse(decodeURIComponent(given));
  await refused(namespace.put(key, await request.arrayBuffer(), options));
  return Response.json({});
}

/**
 * @param {KVNamespace} namespace
 * @param {{ keys: string[], described: boolean }} asked
 */
async function readAll(namespace, { keys: wanted, described }) {
  const found = wanted.map(async (key) => {
    const { value, metadata: own } = await refused(namespace.getWithMetadata(key, "arrayBuffer"));
    if (value === null) return null;
    const expiration = (described ? await expirationOf(namespace, key) : undefined) ?? null;
    return { value: new Uint8Array(value).toBase64(), metadata: own, expiration };
  });
  return Response.json(await Promise.all(found));
}

/**
 * @typedef {object} Write
 * @property {string} key
 * @property {string} value
 * @property {unknown} [metadata]
 * @property {number} [expiration]
 * @property {number} [expiration_ttl]
 */

/**
 * @param {KVNamespace} namespace
 * @param {Write[]} writes
 */
async function writeAll(namespace, writes) {
  /** @param {Write} write */
  const put = ({ key, value, expiration, expiration_ttl: expirationTtl, metadata: own }) => {
    /** @type {KVNamespacePutOptions} */
    const options = { metadata: own };
    if (expiration !== undefined) options.expiration = expiration;
    if (expirationTtl !== undefined) options.expirationTtl = expirationTtl;
    return refused(namespace.put(key, Uint8Array.fromBase64(value), options));
  };
  await Promise.all(writes.map(put));
  return Response.json({});
}

/** @param {string} key */
const missing = (key) => new Problem(404, "unknown_key", `there is no key ${key}`);

/**
 * What the namespace refuses is the caller's fault, and it says why; that it cannot is not.
 * @template T
 * @param {Promise<T>} operation
 */
async function refused(operation) {
  try {
    return await operation;
  } catch (error) {
    const message = messageOf(error);
    if (error instanceof TypeError || REFUSAL.test(message)) throw new Problem(400, "refused", message);
    throw new Problem(500, "failed", message);
  }
}
