// Which rule of a tunnel a request meets, as cloudflared 2026.8.2 was seen to choose: the first
// that matches; `*.` stands for any depth below a domain and never for the domain itself (C1); a
// path is a regular expression on the decoded path without the query, anchored only where it says
// so (C2, C9); no port, no capitals in a host (C7).

/**
 * @typedef {object} Declared a rule in the words of the API
 * @property {string} service
 * @property {string} [hostname] none or `*` for every host
 * @property {string} [path] none for every path
 * @property {{ httpHostHeader?: string, access?: import("./access_check.mjs").Check }} [originRequest]
 */

/**
 * @typedef {object} Rule
 * @property {Declared} declared
 * @property {(host: string) => boolean} host
 * @property {RegExp | null} path
 */

const ANY = "*";
const BELOW = "*.";
const INSENSITIVE = "(?i)";

/**
 * @param {Declared[]} rules
 * @returns {Rule[]}
 */
export function compile(rules) {
  return rules.map((declared) => ({
    declared,
    host: hostOf(declared.hostname ?? ""),
    path: declared.path ? expression(declared.path) : null,
  }));
}

/**
 * @param {Rule[]} rules
 * @param {string} host lower-case, without port
 * @param {string} path as it came, without the query
 */
export function choose(rules, host, path) {
  const decoded = decode(path);
  return rules.find((rule) => rule.host(host) && (rule.path === null || rule.path.test(decoded)));
}

/**
 * Whether a host of a DNS record (`a.b`, `*.b`) is the one of a request.
 * @param {string} name
 * @returns {(host: string) => boolean}
 */
export function hostOf(name) {
  const wanted = name.toLowerCase();
  if (wanted === "" || wanted === ANY) return () => true;
  if (!wanted.startsWith(BELOW)) return (host) => host === wanted;
  return (host) => host.endsWith(wanted.slice(1));
}

/** @param {string} path */
function expression(path) {
  return path.startsWith(INSENSITIVE) ? new RegExp(path.slice(INSENSITIVE.length), "i") : new RegExp(path);
}

/** @param {string} path */
function decode(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
