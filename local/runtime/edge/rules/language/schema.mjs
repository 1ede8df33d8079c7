// Fields and functions that are emulated, with their types. What Cloudflare has beside them (scores of
// bots and attacks, bodies, lists of countries …) is refused by name: nothing here could know it.

/** @typedef {"bytes" | "int" | "bool" | "ip"} Plain */

/**
 * A type: a plain one, or what an array or a map (with texts as keys) holds.
 * @typedef {Plain | { array: Type } | { map: Type }} Type
 */

/** @type {Type} */
const TEXTS = { array: "bytes" };
/** @type {Type} */
const BY_NAME = { map: TEXTS };

/** @type {Readonly<Record<string, Type>>} */
export const FIELDS = {
  "cf.client.bot": "bool",
  "cf.edge.server_port": "int",
  "cf.threat_score": "int",
  "cf.tls_cipher": "bytes",
  "cf.tls_version": "bytes",
  "cf.zone.name": "bytes",
  "http.cookie": "bytes",
  "http.host": "bytes",
  "http.referer": "bytes",
  "http.request.cookies": BY_NAME,
  "http.request.full_uri": "bytes",
  "http.request.headers": BY_NAME,
  "http.request.headers.names": TEXTS,
  "http.request.headers.truncated": "bool",
  "http.request.headers.values": TEXTS,
  "http.request.method": "bytes",
  "http.request.timestamp.msec": "int",
  "http.request.timestamp.sec": "int",
  "http.request.uri": "bytes",
  "http.request.uri.args": BY_NAME,
  "http.request.uri.args.names": TEXTS,
  "http.request.uri.args.values": TEXTS,
  "http.request.uri.path": "bytes",
  "http.request.uri.path.extension": "bytes",
  "http.request.uri.query": "bytes",
  "http.request.version": "bytes",
  "http.response.code": "int",
  "http.response.content_type.media_type": "bytes",
  "http.response.headers": BY_NAME,
  "http.response.headers.names": TEXTS,
  "http.response.headers.values": TEXTS,
  "http.user_agent": "bytes",
  "ip.geoip.continent": "bytes",
  "ip.geoip.country": "bytes",
  "ip.src": "ip",
  "ip.src.asnum": "int",
  "ip.src.city": "bytes",
  "ip.src.continent": "bytes",
  "ip.src.country": "bytes",
  "ip.src.is_in_european_union": "bool",
  "ip.src.timezone.name": "bytes",
  "raw.http.request.full_uri": "bytes",
  "raw.http.request.uri": "bytes",
  "raw.http.request.uri.args": BY_NAME,
  "raw.http.request.uri.args.names": TEXTS,
  "raw.http.request.uri.args.values": TEXTS,
  "raw.http.request.uri.path": "bytes",
  "raw.http.request.uri.path.extension": "bytes",
  "raw.http.request.uri.query": "bytes",
  ssl: "bool",
};

/**
 * How a function is called. `takes` are its arguments: what has a type in `from` has to be a field or
 * another call, what has one in `literal` a literal, in `either` any of them.
 * @typedef {{ from: Type } | { literal: "bytes" | "int" } | { either: "bytes" }} Argument
 * @typedef {{ takes: Argument[], optional?: Argument[], repeats?: boolean, gives: Type }} Signature
 */

/** @type {Argument} */
const TEXT = { from: "bytes" };
/** @type {Argument} */
const WORD = { literal: "bytes" };
/** @type {Argument} */
const COUNT = { literal: "int" };
/** @type {Argument} */
const ANY_TEXT = { either: "bytes" };

/** @type {Readonly<Record<string, Signature>>} */
export const FUNCTIONS = {
  cidr: { takes: [{ from: "ip" }, COUNT, COUNT], gives: "ip" },
  cidr6: { takes: [{ from: "ip" }, COUNT], gives: "ip" },
  concat: { takes: [ANY_TEXT, ANY_TEXT], repeats: true, gives: "bytes" },
  decode_base64: { takes: [TEXT], gives: "bytes" },
  encode_base64: { takes: [TEXT], gives: "bytes" },
  ends_with: { takes: [TEXT, ANY_TEXT], gives: "bool" },
  has_key: { takes: [{ from: BY_NAME }, WORD], gives: "bool" },
  has_value: { takes: [{ from: TEXTS }, WORD], gives: "bool" },
  join: { takes: [{ from: TEXTS }, WORD], gives: "bytes" },
  len: { takes: [TEXT], gives: "int" },
  lookup_json_integer: { takes: [TEXT, WORD], repeats: true, gives: "int" },
  lookup_json_string: { takes: [TEXT, WORD], repeats: true, gives: "bytes" },
  lower: { takes: [TEXT], gives: "bytes" },
  regex_replace: { takes: [TEXT, WORD, WORD], gives: "bytes" },
  remove_bytes: { takes: [TEXT, WORD], gives: "bytes" },
  split: { takes: [TEXT, WORD], optional: [COUNT], gives: TEXTS },
  starts_with: { takes: [TEXT, ANY_TEXT], gives: "bool" },
  substring: { takes: [TEXT, COUNT], optional: [COUNT], gives: "bytes" },
  to_string: { takes: [{ from: "int" }], gives: "bytes" },
  upper: { takes: [TEXT], gives: "bytes" },
  url_decode: { takes: [TEXT], optional: [WORD], gives: "bytes" },
  wildcard_replace: { takes: [TEXT, WORD, WORD], optional: [WORD], gives: "bytes" },
};

/** `any` and `all`, which take a comparison of each. */
export const QUANTIFIERS = ["any", "all"];

/** @param {Type} type */
export const isPlain = (type) => typeof type === "string";

/**
 * @param {Type} one
 * @param {Type} other
 * @returns {boolean}
 */
export function sameType(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
