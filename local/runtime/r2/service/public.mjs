// A bucket's public host (its managed domain): reading without a signature.

import * as content from "./content.mjs";
import * as cors from "./cors.mjs";
import { R2Error } from "./errors.mjs";
import { Objects } from "./objects.mjs";
import { decoded } from "./paths.mjs";

/**
 * Answer a request to the public host of `bucket`.
 * @param {Request} request
 * @param {string} bucket
 */
export async function serve(request, bucket) {
  const objects = Objects.named(bucket);
  const rules = objects.settings.cors;
  try {
    if (request.method === "OPTIONS") return cors.preflight(rules, request);
    return cors.shared(rules, request, await read(objects, request));
  } catch (error) {
    const { status, message, headers } = R2Error.from(error);
    const text = request.method === "HEAD" ? null : `${message}\n`;
    return cors.shared(rules, request, new Response(text, { status, headers }));
  }
}

/**
 * @param {Objects} objects
 * @param {Request} request
 */
function read(objects, request) {
  if (request.method !== "GET" && request.method !== "HEAD") throw new R2Error("MethodNotAllowed");
  const key = decoded(new URL(request.url).pathname.slice(1)); // Cloudflare takes steps back in hosts' paths
  if (key === "") throw new R2Error("NoSuchKey");
  return content.answer(objects, key, request);
}
