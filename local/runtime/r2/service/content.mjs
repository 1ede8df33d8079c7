// An object's content as an HTTP answer: conditions and ranges as RFC 9110 has them.

/** @import { Objects } from "./objects.mjs" */
/** @import { Asked, Range } from "./ranges.mjs" */
/** @import { StoredObject } from "./schema.mjs" */

import * as conditions from "./conditions.mjs";
import { R2Error } from "./errors.mjs";
import { contentHeaders } from "./http.mjs";
import * as ranges from "./ranges.mjs";

/**
 * What an answer is made from.
 * @typedef {{ objects: Objects, object: StoredObject, request: Request, headers: Record<string, string> }} Answered
 */

/**
 * Answer a GET or HEAD of `key`; `extra` adds headers, `choose` says which bytes are asked for.
 * @param {Objects} objects
 * @param {string} key
 * @param {Request} request
 * @param {(object: StoredObject) => Record<string, string>} [extra]
 * @param {(object: StoredObject) => Asked | undefined} [choose]
 */
export async function answer(objects, key, request, extra = () => ({}), choose = () => undefined) {
  const condition = conditions.fromHeaders(request.headers);
  let object;
  try {
    object = await objects.head(key, condition);
  } catch (error) {
    const unchanged = unchangedBy(error, condition);
    if (unchanged === undefined) throw error;
    return new Response(null, { status: 304, headers: contentHeaders(unchanged) });
  }
  const answered = { objects, object, request, headers: { ...contentHeaders(object), ...extra(object) } };
  const asked = choose(object) ?? ranges.fromHeader(request.headers.get("range"));
  return asked === undefined ? whole(answered) : part(answered, asked);
}

/**
 * The object that a client has already: that is what made its condition fail.
 * @param {unknown} error
 * @param {conditions.Condition | undefined} condition
 */
function unchangedBy(error, condition) {
  if (!(error instanceof R2Error) || error.kind !== "PreconditionFailed") return undefined;
  return condition?.etagMatches || condition?.uploadedBefore ? undefined : error.object;
}

/** @param {Answered} answered */
function whole(answered) {
  return respond(answered, { offset: 0, length: answered.object.size }, 200);
}

/**
 * @param {Answered} answered
 * @param {Asked} asked
 */
function part(answered, asked) {
  const { size } = answered.object;
  if (ranges.isBeyond(asked, size)) {
    const error = new R2Error("InvalidRange");
    error.headers = { "content-range": `bytes */${size}` };
    throw error;
  }
  const chosen = ranges.resolve(asked, size);
  const last = chosen.offset + chosen.length - 1;
  return respond(answered, chosen, 206, { "content-range": `bytes ${chosen.offset}-${last}/${size}` });
}

/**
 * `encodeBody: manual`: a stored content-encoding describes the bytes, it does not ask to make them.
 * @param {Answered} answered
 * @param {Range} chosen
 * @param {number} status
 * @param {Record<string, string>} [more] headers
 */
function respond({ objects, object, request, headers }, chosen, status, more = {}) {
  const body = request.method === "HEAD" ? null : objects.read(object, chosen);
  const length = { "content-length": String(chosen.length) };
  return new Response(body, { status, headers: { ...headers, ...more, ...length }, encodeBody: "manual" });
}
