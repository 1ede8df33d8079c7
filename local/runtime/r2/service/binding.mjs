// The protocol that workerd's R2 binding speaks: the request is JSON in a header, or at the front of
// the body with its length in a header; the answer is JSON at the front of the body, likewise.

import { R2Error } from "./errors.mjs";
import { Objects } from "./objects.mjs";
import * as ranges from "./ranges.mjs";

const REQUEST = "cf-r2-request";
const METADATA_SIZE = "cf-r2-metadata-size";
const ERROR = "cf-r2-error";
const CHECKSUMS = ["md5", "sha1", "sha256", "sha384", "sha512"];

/** Answer one operation on the bucket named in the props. */
export async function serve(request, bucket) {
  let body = null;
  try {
    const { asked, size, body: content } = await received(request);
    body = content;
    const objects = Objects.named(bucket);
    const operation = OPERATIONS[asked.method];
    if (operation === undefined) throw new R2Error("NotImplemented", `not emulated: R2 operation ${asked.method}`);
    return await operation(objects, asked, body, size);
  } catch (error) {
    await drain(body);
    return failed(R2Error.from(error));
  }
}

// The binding reads no answer before it has sent all of its content.
async function drain(body) {
  if (body && !body.locked) await body.pipeTo(new WritableStream());
}

async function received(request) {
  const header = request.headers.get(REQUEST);
  if (header !== null) return { asked: JSON.parse(header), body: null, size: 0 };
  const length = Number(request.headers.get(METADATA_SIZE));
  const size = Number(request.headers.get("content-length")) - length;
  const reader = request.body.getReader({ mode: "byob" });
  const { value } = await reader.readAtLeast(length, new Uint8Array(length));
  reader.releaseLock();
  return { asked: JSON.parse(new TextDecoder().decode(value)), body: request.body, size };
}

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
    const shown = found.objects.map((object) => wire(object, include.includes(0), include.includes(1)));
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

function metadata({ customFields = [], httpFields = {} }) {
  return { custom: Object.fromEntries(customFields.map(({ k, v }) => [k, v])), http: httpFields };
}

// MD5 alone comes in base64.
function expectedDigests(asked) {
  const given = CHECKSUMS.filter((name) => asked[name] !== undefined);
  return Object.fromEntries(given.map((name) => [name, name === "md5" ? hexOfBase64(asked.md5) : asked[name]]));
}

const hexOfBase64 = (text) =>
  [...atob(text)].map((character) => character.charCodeAt(0).toString(16).padStart(2, "0")).join("");

function wire(object, http = true, custom = true, range = undefined) {
  const { key, version, size, etag, uploaded, storageClass, checksums } = object;
  const fields = { name: key, version, size, etag, uploaded, storageClass, range };
  if (http) fields.httpFields = object.http;
  if (custom) fields.customFields = Object.entries(object.custom).map(([k, v]) => ({ k, v }));
  fields.checksums = Object.fromEntries(
    CHECKSUMS.flatMap((name, index) => (checksums[name] === undefined ? [] : [[index, checksums[name]]])),
  );
  return fields;
}

const described = (object) => json(wire(object));

function json(value, init = {}) {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const headers = { [METADATA_SIZE]: String(bytes.byteLength), "content-type": "application/json", ...init.headers };
  return new Response(bytes, { ...init, headers });
}

function withContent(objects, object, part) {
  const front = new TextEncoder().encode(JSON.stringify(wire(object, true, true, part)));
  const headers = { [METADATA_SIZE]: String(front.byteLength) };
  return new Response(objects.read(object, part, front), { headers });
}

// The binding shows the object of a failed condition without its content.
function failed(error) {
  const header = JSON.stringify({ version: 1, v4code: error.number, message: error.message });
  const init = { status: error.status, headers: { [ERROR]: header.replaceAll("\\n", " ") } };
  return error.object === undefined ? new Response(null, init) : json(wire(error.object), init);
}
