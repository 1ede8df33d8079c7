// Which version of a script a request goes to: the one that it asks for, else the one that its key falls
// to, else one by chance. All of it is what Cloudflare documents; only its hash of a key is not known.

/**
 * @typedef {object} Share
 * @property {string} version its id
 * @property {string} worker what runs it
 * @property {number} percentage of a hundred requests
 */

const OVERRIDES = "cloudflare-workers-version-overrides";
const KEY = "cloudflare-workers-version-key";
const HUNDRED = 100;
const WORD = 0x1_0000_0000;

// A dictionary of structured fields (RFC 8941): what a value may be, parameters, one member at a time.
const STRING = String.raw`"(?:[ !#-\[\]-~]|\\["\\])*"`;
const BARE = String.raw`${STRING}|[A-Za-z*][\w!#$%&'*+.^\x60|~:/-]*|-?\d{1,15}(?:\.\d{1,3})?|\?[01]|:[\w+/=]*:`;
const NAME = String.raw`[a-z*][a-z0-9_.*-]*`;
const PARAMETERS = String.raw`(?:; *${NAME}(?:=(?:${BARE}))?)*`;
const MEMBER = new RegExp(String.raw`(${NAME})(?:=(${BARE}))?${PARAMETERS}[ \t]*(,[ \t]*|$)`, "y");

/**
 * @param {Share[]} shares the newest version first: as its share grows, keys only ever move to it
 * @param {string} script
 * @param {Headers} [headers] of the request, where it is one
 * @returns {Share}
 */
export function choose(shares, script, headers) {
  const asked = overrideOf(headers?.get(OVERRIDES), script);
  const overriding = asked === undefined ? undefined : shares.find(({ version }) => version === asked);
  return overriding ?? at(shares, pointOf(headers?.get(KEY)));
}

/**
 * @param {Share[]} shares
 * @param {number} point from 0 to a hundred
 */
function at(shares, point) {
  let upTo = 0;
  const found = shares.find(({ percentage }) => point < (upTo += percentage));
  // Shares of fractions may come to a little less than a hundred.
  return found ?? /** @type {Share} */ (shares.findLast(({ percentage }) => percentage > 0));
}

/** @param {string | null | undefined} key */
const pointOf = (key) => (key ? (hash(key) / WORD) * HUNDRED : Math.random() * HUNDRED);

/**
 * The version that a header asks for. A header that is no dictionary asks for none.
 * @param {string | null | undefined} header
 * @param {string} script
 */
function overrideOf(header, script) {
  if (!header) return undefined;
  const text = header.trim();
  let asked;
  MEMBER.lastIndex = 0;
  while (MEMBER.lastIndex < text.length) {
    const member = MEMBER.exec(text);
    if (member === null) return undefined;
    const [, name, value, comma] = member;
    if (comma && MEMBER.lastIndex === text.length) return undefined; // a comma that nothing follows
    if (name === script) asked = value?.startsWith('"') ? value.slice(1, -1).replace(/\\(.)/g, "$1") : undefined;
  }
  return asked;
}

/**
 * FNV-1a, and the end of MurmurHash3 so that keys alike do not lie together.
 * @param {string} text
 */
function hash(text) {
  let word = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(text)) word = Math.imul(word ^ byte, 0x0100_0193);
  word = Math.imul(word ^ (word >>> 16), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return (word ^ (word >>> 16)) >>> 0;
}
