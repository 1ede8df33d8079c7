// KV namespaces, through the binding a worker would have.
//
//   GET    /kv/<ns>/keys                   ?prefix&limit&cursor -> {keys: [{name, expiration, metadata}], list_complete, cursor}
//   GET    /kv/<ns>/values/<key>           the value, raw; headers cf-kv-metadata (percent-encoded JSON),
//                                          cf-kv-expiration (seconds); 404
//   GET    /kv/<ns>/metadata/<key>         {metadata, expiration}; 404
//   PUT    /kv/<ns>/values/<key>           the body is the value; ?expiration&expiration_ttl (seconds), header cf-kv-metadata
//   DELETE /kv/<ns>/values/<key>

import { Problem } from "../admin/problem.mjs";

const METADATA = "cf-kv-metadata";
const EXPIRATION = "cf-kv-expiration";

export async function serve({ request, env, url, id, rest: [kind, ...path] }) {
  const namespace = env[`kv:${id}`];
  if (!namespace) throw new Problem(404, "unknown_namespace", `there is no KV namespace ${id}`);
  const key = path.join("/");
  const method = `${request.method} ${kind}`;
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
    default:
      throw new Problem(405, "unknown_operation", `nothing answers ${method}`);
  }
}

async function keys(namespace, query) {
  const options = { prefix: query.get("prefix") ?? undefined, cursor: query.get("cursor") ?? undefined };
  if (query.has("limit")) options.limit = Number(query.get("limit"));
  const { keys: found, list_complete, cursor } = await refused(namespace.list(options));
  return Response.json({ keys: found, list_complete, cursor });
}

async function read(namespace, key) {
  const { value, metadata: found } = await refused(namespace.getWithMetadata(key, "stream"));
  if (value === null) throw missing(key);
  const headers = new Headers({ "content-type": "application/octet-stream" });
  if (found !== null) headers.set(METADATA, encodeURIComponent(JSON.stringify(found)));
  const { expiration } = await entry(namespace, key);
  if (expiration !== undefined) headers.set(EXPIRATION, String(expiration));
  return new Response(value, { headers });
}

async function metadata(namespace, key) {
  const { value, metadata: found } = await refused(namespace.getWithMetadata(key, "stream"));
  if (value === null) throw missing(key);
  await value.cancel();
  const { expiration = null } = await entry(namespace, key);
  return Response.json({ metadata: found, expiration });
}

// A key is the first of the keys that begin with it.
async function entry(namespace, key) {
  const { keys: found } = await namespace.list({ prefix: key, limit: 1 });
  return found[0]?.name === key ? found[0] : {};
}

async function write(namespace, key, request, query) {
  const options = {};
  if (query.has("expiration")) options.expiration = Number(query.get("expiration"));
  if (query.has("expiration_ttl")) options.expirationTtl = Number(query.get("expiration_ttl"));
  const given = request.headers.get(METADATA);
  if (given !== null) options.metadata = JSON.parse(decodeURIComponent(given));
  await refused(namespace.put(key, await request.arrayBuffer(), options));
  return Response.json({});
}

const missing = (key) => new Problem(404, "unknown_key", `there is no key ${key}`);

// What the namespace refuses is the caller's fault, and it says why.
async function refused(operation) {
  try {
    return await operation;
  } catch (error) {
    throw new Problem(400, "refused", error.message);
  }
}
