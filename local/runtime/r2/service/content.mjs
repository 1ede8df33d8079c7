// An object's content as an HTTP answer: conditions and ranges as RFC 9110 has them.

import * as conditions from "./conditions.mjs";
import { R2Error } from "./errors.mjs";
import { contentHeaders } from "./http.mjs";
import * as ranges from "./ranges.mjs";

/** Answer a GET or HEAD of `key`; `extra(object)` adds headers. */
export async function answer(objects, key, request, extra = () => ({})) {
  const condition = conditions.fromHeaders(request.headers);
  let object;
  try {
    object = await objects.head(key, condition);
  } catch (error) {
    if (error.kind !== "PreconditionFailed" || condition.etagMatches || condition.uploadedBefore) throw error;
    return new Response(null, { status: 304, headers: contentHeaders(error.object) });
  }
  const headers = { ...contentHeaders(object), ...extra(object) };
  const asked = ranges.fromHeader(request.headers.get("range"));
  return asked === undefined ? whole(objects, object, request, headers) : part(objects, object, asked, request, headers);
}

function whole(objects, object, request, headers) {
  const all = { offset: 0, length: object.size };
  return respond(objects, object, all, request, 200, headers);
}

function part(objects, object, asked, request, headers) {
  if (ranges.isBeyond(asked, object.size)) {
    throw Object.assign(new R2Error("InvalidRange"), { headers: { "content-range": `bytes */${object.size}` } });
  }
  const chosen = ranges.resolve(asked, object.size);
  const last = chosen.offset + chosen.length - 1;
  const range = { "content-range": `bytes ${chosen.offset}-${last}/${object.size}` };
  return respond(objects, object, chosen, request, 206, { ...headers, ...range });
}

// `encodeBody: manual`: a stored content-encoding describes the bytes, it does not ask to make them.
function respond(objects, object, chosen, request, status, headers) {
  const length = { "content-length": String(chosen.length) };
  const init = { status, headers: { ...headers, ...length }, encodeBody: "manual" };
  return new Response(request.method === "HEAD" ? null : objects.read(object, chosen), init);
}
