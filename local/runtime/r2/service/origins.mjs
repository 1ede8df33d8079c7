// Which pages a CORS rule lets in: `*` alone is everybody, within an origin it stands for any
// characters, none included (cloudflare-docs#32888). Compared letter by letter, as
// `planning/origins.py` does; both are tested by the same cases.

export const EVERYBODY = "*";

/**
 * Whether the header `Origin` of a page fits `allowed`.
 * @param {string} allowed
 * @param {string} origin
 */
export function allowsOrigin(allowed, origin) {
  const star = allowed.indexOf(EVERYBODY);
  if (star < 0) return allowed === origin;
  const [before, after] = [allowed.slice(0, star), allowed.slice(star + 1)];
  return origin.length >= before.length + after.length && origin.startsWith(before) && origin.endsWith(after);
}
