// Metadata of an object as HTTP headers, and back.

/** @import { StoredObject } from "./schema.mjs" */

const FIELDS = {
  contentType: "content-type",
  contentLanguage: "content-language",
  contentDisposition: "content-disposition",
  contentEncoding: "content-encoding",
  cacheControl: "cache-control",
};

/**
 * The HTTP metadata that a request's headers state.
 * @param {Headers} headers
 */
export function httpOf(headers) {
  /** @type {Record<string, string>} */
  const http = {};
  for (const [field, header] of Object.entries(FIELDS)) {
    const stated = headers.get(header);
    if (stated) http[field] = stated;
  }
  const expires = Date.parse(headers.get("expires") ?? "");
  if (!Number.isNaN(expires)) http["cacheExpiry"] = String(expires);
  return http;
}

/**
 * The headers of an object's answer: its metadata, etag and date.
 * @param {StoredObject} object
 * @returns {Record<string, string>}
 */
export function contentHeaders({ http, etag, uploaded }) {
  /** @type {Record<string, string>} */
  const headers = {};
  for (const [field, header] of Object.entries(FIELDS)) {
    const value = http[field];
    if (value !== undefined) headers[header] = value;
  }
  const expires = http["cacheExpiry"];
  if (expires !== undefined) headers["expires"] = new Date(Number(expires)).toUTCString();
  const lastModified = new Date(uploaded).toUTCString();
  return { ...headers, etag: `"${etag}"`, "last-modified": lastModified, "accept-ranges": "bytes" };
}
