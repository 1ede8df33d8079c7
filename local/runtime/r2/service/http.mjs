// Metadata of an object as HTTP headers, and back.

const FIELDS = {
  contentType: "content-type",
  contentLanguage: "content-language",
  contentDisposition: "content-disposition",
  contentEncoding: "content-encoding",
  cacheControl: "cache-control",
};

/** The HTTP metadata that a request's headers state. */
export function httpOf(headers) {
  const stated = Object.entries(FIELDS).filter(([, header]) => headers.get(header));
  const http = Object.fromEntries(stated.map(([field, header]) => [field, headers.get(header)]));
  const expires = Date.parse(headers.get("expires") ?? "");
  if (!Number.isNaN(expires)) http.cacheExpiry = String(expires);
  return http;
}

/** The headers of an object's answer: its metadata, etag and date. */
export function contentHeaders({ http, etag, uploaded }) {
  const stated = Object.entries(FIELDS).filter(([field]) => http[field] !== undefined);
  const headers = Object.fromEntries(stated.map(([field, header]) => [header, http[field]]));
  if (http.cacheExpiry !== undefined) headers.expires = new Date(Number(http.cacheExpiry)).toUTCString();
  const lastModified = new Date(uploaded).toUTCString();
  return { ...headers, etag: `"${etag}"`, "last-modified": lastModified, "accept-ranges": "bytes" };
}
