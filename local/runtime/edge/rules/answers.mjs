// What the edge answers in place of a worker. Machines get what Cloudflare gives them: a line with the
// code of the error, and for a challenge a page that only a browser could pass.

/**
 * @typedef {object} Custom
 * @property {number} status_code
 * @property {string} content_type
 * @property {string} content
 */

const PLAIN = { "content-type": "text/plain; charset=UTF-8" };
const NEVER_KEPT = "private, max-age=0, no-store, no-cache, must-revalidate, post-check=0, pre-check=0";
const CHALLENGE = `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>
<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>
`;

/** @param {Custom | undefined} custom */
export function blocked(custom) {
  return custom === undefined ? coded(1020, 403, {}) : own(custom, {});
}

/**
 * @param {Custom | undefined} custom
 * @param {number} seconds until a request is let through again
 */
export function limited(custom, seconds) {
  const headers = { "retry-after": String(seconds) };
  return custom === undefined ? coded(1015, 429, headers) : own(custom, headers);
}

export function challenged() {
  const headers = { "content-type": "text/html; charset=UTF-8", "cf-mitigated": "challenge", "cache-control": NEVER_KEPT };
  return new Response(CHALLENGE, { status: 403, headers });
}

/**
 * @param {number} code
 * @param {number} status
 * @param {Record<string, string>} headers
 */
function coded(code, status, headers) {
  return new Response(`error code: ${code}\n`, { status, headers: { ...PLAIN, "cache-control": NEVER_KEPT, ...headers } });
}

/**
 * @param {Custom} custom
 * @param {Record<string, string>} headers
 */
function own({ status_code: status, content_type: type, content }, headers) {
  return new Response(content, { status, headers: { "content-type": type, ...headers } });
}
