// What Access shows: pages for people, short answers for machines.

const HEADERS = {
  "cache-control": "private, max-age=0, no-store, no-cache, must-revalidate",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action *; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const STYLE = "body{font:16px/1.5 system-ui;max-width:26rem;margin:15vh auto;padding:0 1rem}input,button{font:inherit;padding:.4rem;width:100%;box-sizing:border-box;margin:.3rem 0}";

/** @param {string} text */
const safe = (text) => text.replaceAll(/[&<>"']/g, (found) => `&#${found.charCodeAt(0)};`);

/**
 * @param {number} status
 * @param {string} title
 * @param {string} body as HTML
 */
function page(status, title, body) {
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${safe(title)}</title><style>${STYLE}</style></head><body><h1>${safe(title)}</h1>${body}</body></html>\n`;
  return new Response(html, { status, headers: { ...HEADERS, "content-type": "text/html; charset=UTF-8" } });
}

/** @param {string} app */
export const askMail = (app) =>
  page(200, app, `<form method="post"><label>Mail address <input type="email" name="email" autocomplete="email" required autofocus></label><button>Send me a code</button></form>`);

/**
 * @param {string} app
 * @param {string} login
 * @param {boolean} again after a wrong code
 */
export const askCode = (app, login, again) =>
  page(
    again ? 403 : 200,
    app,
    `<p>${again ? "That is not the code." : "If you may enter, a code is in the log of the local Cloudflare (make logs)."}</p><form method="post"><input type="hidden" name="login" value="${safe(login)}"><label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus></label><button>Enter</button></form>`,
  );

/** @param {string} denied */
export const forbidden = (denied) => page(403, "Forbidden", `<p>${safe(denied || "You do not have permission to view this.")}</p>`);

/** @param {string} reason */
export const wrong = (reason) => page(400, "Bad request", `<p>${safe(reason)}</p>`);

export const loggedOut = () => page(200, "Logged out", "<p>The session is over.</p>");

/**
 * A machine is never sent to a page.
 * @param {number} status
 * @param {string} message
 */
export function refused(status, message) {
  const challenge = status === 401 ? { "www-authenticate": "Cloudflare-Access" } : {};
  const body = `${JSON.stringify({ status, message })}\n`;
  return new Response(body, { status, headers: { ...HEADERS, ...challenge, "content-type": "application/json" } });
}

/**
 * @param {string} location
 * @param {Record<string, string>} [headers]
 */
export const moved = (location, headers = {}) => new Response(null, { status: 302, headers: { ...HEADERS, ...headers, location } });
