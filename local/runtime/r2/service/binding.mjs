// The protocol that workerd's R2 binding speaks: the request is JSON in a header, or at the front of
// the body with its length in a header; the answer is JSON at the front of the body, likewise.

/** @import { DigestName } from "./blobs.mjs" */
/** @import { Condition } from "./conditions.mjs" */
/** @import { Asked, Range } from "./ranges.mjs" */
/** @import { StoredObject } from "./schema.mjs" */

import { R2Error } from "./errors.mjs";
import { Objects } from "./objects.mjs";
import * as ranges from "./ranges.mjs";

const REQUEST = "cf-r2-request";
const METADATA_SIZE = "cf-r2-metadata-size";
const ERROR = "cf-r2-error";
/** @type {DigestName[]} */
const CHECKSUMS = ["md5", "sha1", "sha256", "sha384", "sha512"];

/**
 * What the binding asks for. An operation reads the fields that it needs.
 * @typedef {object} Fields
 * @property {string} method
 * @property {string} object its key
 * @property {string[]} [objects] keys
 * @property {Asked} [range]
 * @property {string} [rangeHeader]
 * @property {Condition} [onlyIf]
 * @property {string} [storageClass]
 * @property {{ k: string, v: string }[]} [customFields]
 * @property {Record<string, string>} [httpFields]
 * @property {number} [limit]
 * @property {string} [prefix]
 * @property {string} [cursor]
 * @property {string} [delimiter]
 * @property {string} [startAfter]
 * @property {number[]} [include]
 * @property {string} uploadId
 * @property {number} partNumber
 * @property {{ part: number, etag: string }[]} parts
 */

/** @typedef {Fields & Partial<Record<DigestName, string>>} Wanted */

/** @typedef {(objects: Objects, asked: Wanted, body: ReadableStream | null, size: number) => Promise<Response>} Operation */

/**
 * Answer one operation on the bucket named in the props.
 * @param {Request} request
 * @param {string} bucket
 */
export async function serve(request, bucket) {
  /** @type {ReadableStream | null} */
  let body = null;
  try {
    const { asked, size, body: content } = await received(request);
    body = content;
    const objects = Objects.named(bucket);
    const operation = Object.hasOwn(OPERATIONS, asked.method) ? OPERATIONS[asked.method] : undefined;
    if (operation === undefined) throw new R2Error("NotImplemented", `not emulated: R2 operation ${asked.method}`);
    return await operation(objects, asked, body, size);
  } catch (error) {
    await drain(body);
    return failed(R2Error.from(error));
  }
}

/**
 * Read what is left: the binding reads no answer before it has sent all of its content.
 * @param {ReadableStream | null} body
 */
async function drain(body) {
  if (body && !body.locked) await body.pipeTo(new WritableStream());
}

/**
 * @param {Request} request
 * @returns {Promise<{ asked: Wanted, body: ReadableStream | null, size: number }>}
 */
async function received(request) {
  const header = request.headers.get(REQUEST);
  if (header !== null) return { asked: wantedOf(header), body: null, size: 0 };
  const length = Number(request.headers.get(METADATA_SIZE));
  const size = Number(request.headers.get("content-length")) - length;
  if (request.body === null) throw new R2Error("IncompleteBody");
  const reader = request.body.getReader({ mode: "byob" });
  const { value } = await reader.readAtLeast(length, new Uint8Array(length));
  reader.releaseLock();
  return { asked: wantedOf(new TextDecoder().decode(value)), body: request.body, size };
}

/** @type {(text: string) => Wanted} */
const wantedOf = (text) => /** @type {Wanted} */ (JSON.parse(text));

/** @type {Record<string, Operation>} */
const OPERATIONS = {
  async head(objects, { object: key }) {
    return described(await objects.head(key));
  },

  async get(objects, { object: key, range, rangeHeader, onlyIf }) {
    const object = await objects.head(key, onlyIf);
    const asked = rangeHeader === undefined ? range : ranges.fromHeader(rangeHeader);
    const part = asked === undefined ? { offset: 0, length: object.size } : ranges.resolve(asked, object.size);
    return withContent(objects, object, part);
  },

  async put(objects, asked, body, size) {
    const { object: key, onlyIf, storageClass } = asked;
    const options = { ...metadata(asked), size, onlyIf, storageClass, expected: expectedDigests(asked) };
    return described(await objects.put(key, body, options));
  },

  async list(objects, { limit, prefix, cursor, delimiter, startAfter, include = [] }) {
    const found = await objects.list({ limit, prefix, cursor, delimiter, startAfter });
    const shown = found.objects.map((object) => wire(object, { http: include.includes(0), custom: include.includes(1) }));
    return json({
      objects: shown,
      truncated: found.cursor !== undefined,
      cursor: found.cursor,
      delimitedPrefixes: found.prefixes,
    });
  },

  async delete(objects, { object, objects: keys }) {
    await objects.delete(keys ?? [object]);
    return new Response(null);
  },

  async createMultipartUpload(objects, asked) {
    const { object: key, storageClass } = asked;
    return json({ uploadId: await objects.createUpload(key, { ...metadata(asked), storageClass }) });
  },

  async uploadPart(objects, { object: key, uploadId, partNumber }, body, size) {
    return json(await objects.uploadPart(key, uploadId, partNumber, body, { size }));
  },

  async completeMultipartUpload(objects, { object: key, uploadId, parts }) {
    const chosen = parts.map(({ part, etag }) => ({ number: part, etag }));
    return described(await objects.completeUpload(key, uploadId, chosen));
  },

  async abortMultipartUpload(objects, { object: key, uploadId }) {
    await objects.abortUpload(key, uploadId);
    return new Response(null);
  },
};

/** @param {Wanted} asked */
function metadata({ customFields = [], httpFields = {} }) {
  return { custom: Object.fromEntries(customFields.map(({ k, v }) => [k, v])), http: httpFields };
}

/**
 * The digests that the content must have, in hex. MD5 alone comes in base64.
 * @param {Wanted} asked
 */
function expectedDigests(asked) {
  /** @type {Partial<Record<DigestName, string>>} */
  const expected = {};
  for (const name of CHECKSUMS) {
    const given = asked[name];
    if (given !== undefined) expected[name] = name === "md5" ? hexOfBase64(given) : given;
  }
  return expected;
}

/** @param {string} text */
const hexOfBase64 = (text) =>
  Array.from(atob(text), (character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");

/**
 * An object as the binding reads it.
 * @param {StoredObject} object
 * @param {{ http?: boolean, custom?: boolean, range?: Range }} [options]
 */
function wire(object, { http = true, custom = true, range } = {}) {
  const { key, version, size, etag, uploaded, storageClass, checksums } = object;
  return {
    name: key,
    version,
    size,
    etag,
    uploaded,
    storageClass,
    range,
    ...(http ? { httpFields: object.http } : {}),
    ...(custom ? { customFields: Object.entries(object.custom).map(([k, v]) => ({ k, v })) } : {}),
    checksums: Object.fromEntries(
      CHECKSUMS.flatMap((name, index) => (checksums[name] === undefined ? [] : [[index, checksums[name]]])),
    ),
  };
}

/** @param {StoredObject} object */
const described = (object) => json(wire(object));

/**
 * @param {unknown} value
 * @param {{ status?: number, headers?: Record<string, string> }} [init]
 */
function json(value, init = {}) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const headers = { [METADATA_SIZE]: String(bytes.byteLength), "content-type": "application/json", ...init.headers };
  return new Response(bytes, { ...init, headers });
}

/**
 * @param {Objects} objects
 * @param {StoredObject} object
 * @param {Range} part
 */
function withContent(objects, object, part) {
  const front = new TextEncoder().encode(JSON.stringify(wire(object, { range: part })));
  const headers = { [METADATA_SIZE]: String(front.byteLength) };
  return new Response(objects.read(object, part, front), { headers });
}

/**
 * The binding shows the object of a failed condition without its content.
 * @param {R2Error} error
 */
function failed(error) {
  const header = JSON.stringify({ version: 1, v4code: error.number, message: error.message });
  const init = { status: error.status, headers: { [ERROR]: header.replaceAll("\\n", " ") } };
  return error.object === undefined ? new Response(null, init) : json(wire(error.object), init);
}
