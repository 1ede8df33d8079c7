// A request, and later its answer, as rules look at it: each field is made when a rule asks for it, and
// then kept. Names of headers are held in lower case; a header that was not sent is missing.

import { address } from "./language/addresses.mjs";
import { toBytes } from "./language/bytes.mjs";
import { urlDecoded } from "./language/functions.mjs";

/** @import { Lists } from "./lists.mjs" */
/** @import { Subject } from "./language/readers.mjs" */

/** What the edge itself sets on a request before it gets here: no client said it. */
const SET_BY_THE_EDGE = new Set(["cf-connecting-ip", "cf-ipcountry", "cf-visitor", "x-forwarded-for", "x-forwarded-proto", "x-real-ip"]);
const ODD_PATH = /%|\\|\/\/|\/\.|\?/;
const MAPPED = /^::ffff:(?=\d+\.)/i;
const HERE = "XX";

/**
 * What of a request is looked at.
 * @typedef {object} Seen
 * @property {Request} request
 * @property {string} host as it is known in public
 * @property {string} target path and query as they were sent
 * @property {string} zone
 * @property {Lists} lists as they are now
 * @property {number} now milliseconds since 1970
 */

/** @typedef {Map<string, string[]>} Values */

/** @implements {Subject} */
export class RequestView {
  /** @param {Seen} seen */
  constructor(seen) {
    this.seen = seen;
    /** @type {Response | undefined} */
    this.response = undefined;
    /** @type {Map<string, unknown>} */
    this.known = new Map();
    /** @type {Set<string> | undefined} phases that a rule skips */
    this.skipped = undefined;
    /** @type {{ id: string, action: string }[]} rules that fired */
    this.fired = [];
  }

  /**
   * Return the value of a field.
   * @param {string} name
   * @returns {unknown}
   */
  read(name) {
    if (this.known.has(name)) return this.known.get(name);
    const value = READERS[name]?.(this);
    this.known.set(name, value);
    return value;
  }

  /**
   * Return a header that the client sent, by its name in lower case.
   * @param {string} name
   */
  header(name) {
    if (SET_BY_THE_EDGE.has(name)) return undefined;
    if (name === "host") return this.seen.host;
    const value = this.seen.request.headers.get(name);
    return value === null ? undefined : toBytes(value);
  }

  /**
   * Whether the list of this name has the address.
   * @param {string} name
   * @param {string} address
   */
  listed(name, address) {
    return this.seen.lists.have(name, address);
  }

  /** @param {string} name a field that is a text */
  text(name) {
    return /** @type {string} */ (this.read(name));
  }

  /** @param {string} name a field that is a map, and is there */
  map(name) {
    return /** @type {Values} */ (this.read(name));
  }
}

/** @type {Readonly<Record<string, (view: RequestView) => unknown>>} */
const READERS = {
  "cf.client.bot": () => false,
  "cf.edge.server_port": () => 443,
  "cf.threat_score": () => 0,
  "cf.tls_cipher": () => "AEAD-AES128-GCM-SHA256",
  "cf.tls_version": () => "TLSv1.3",
  "cf.zone.name": ({ seen }) => seen.zone,
  "http.cookie": (view) => view.header("cookie") ?? "",
  "http.host": ({ seen }) => seen.host,
  "http.referer": (view) => view.header("referer") ?? "",
  "http.request.cookies": (view) => cookies(view.text("http.cookie")),
  "http.request.full_uri": (view) => `https://${view.seen.host}${view.text("http.request.uri")}`,
  "http.request.headers": (view) => sent(view),
  "http.request.headers.names": (view) => [...view.map("http.request.headers").keys()],
  "http.request.headers.truncated": () => false,
  "http.request.headers.values": (view) => [...view.map("http.request.headers").values()].flat(),
  "http.request.method": ({ seen }) => seen.request.method,
  "http.request.timestamp.msec": ({ seen }) => seen.now % 1000,
  "http.request.timestamp.sec": ({ seen }) => Math.floor(seen.now / 1000),
  "http.request.uri": (view) => withQuery(view.text("http.request.uri.path"), view.seen.target),
  "http.request.uri.args": (view) => pairs(view.text("http.request.uri.query"), "&"),
  "http.request.uri.args.names": (view) => [...view.map("http.request.uri.args").keys()],
  "http.request.uri.args.values": (view) => [...view.map("http.request.uri.args").values()].flat(),
  "http.request.uri.path": ({ seen }) => normalized(pathOf(seen.target)),
  "http.request.uri.path.extension": (view) => extension(view.text("http.request.uri.path")),
  "http.request.uri.query": ({ seen }) => queryOf(seen.target),
  "http.request.version": () => "HTTP/1.1",
  "http.response.code": ({ response }) => response?.status,
  "http.response.content_type.media_type": ({ response }) => mediaType(response),
  "http.response.headers": ({ response }) => response && collected(response.headers, new Set()),
  "http.response.headers.names": (view) => view.response && [...view.map("http.response.headers").keys()],
  "http.response.headers.values": (view) => view.response && [...view.map("http.response.headers").values()].flat(),
  "http.user_agent": (view) => view.header("user-agent") ?? "",
  "ip.geoip.continent": () => HERE,
  "ip.geoip.country": () => HERE,
  "ip.src": ({ seen }) => clientOf(seen.request.headers.get("cf-connecting-ip") ?? "127.0.0.1"),
  "ip.src.asnum": () => 0,
  "ip.src.city": () => "Local",
  "ip.src.continent": () => HERE,
  "ip.src.country": () => HERE,
  "ip.src.is_in_european_union": () => false,
  "ip.src.timezone.name": () => "UTC",
  "raw.http.request.full_uri": ({ seen }) => `https://${seen.host}${toBytes(seen.target)}`,
  "raw.http.request.uri": ({ seen }) => toBytes(seen.target),
  "raw.http.request.uri.args": (view) => view.read("http.request.uri.args"),
  "raw.http.request.uri.args.names": (view) => view.read("http.request.uri.args.names"),
  "raw.http.request.uri.args.values": (view) => view.read("http.request.uri.args.values"),
  "raw.http.request.uri.path": ({ seen }) => pathOf(seen.target),
  "raw.http.request.uri.path.extension": ({ seen }) => extension(pathOf(seen.target)),
  "raw.http.request.uri.query": ({ seen }) => queryOf(seen.target),
  ssl: () => true,
};

// One client sends many requests: the last address is not taken apart again.
let lastAddress = { text: "", value: /** @type {string | undefined} */ (undefined) };

/** @param {string} text */
function clientOf(text) {
  if (lastAddress.text !== text) lastAddress = { text, value: address(text.replace(MAPPED, "")) };
  return lastAddress.value;
}

/** @param {string} target */
function pathOf(target) {
  const mark = target.indexOf("?");
  return mark < 0 ? toBytes(target) : toBytes(target.slice(0, mark)) || "/";
}

/** @param {string} target */
function queryOf(target) {
  const mark = target.indexOf("?");
  return mark < 0 ? "" : toBytes(target.slice(mark + 1));
}

/**
 * @param {string} path
 * @param {string} target
 */
function withQuery(path, target) {
  const query = queryOf(target);
  return query === "" ? path : `${path}?${query}`;
}

/**
 * Decode a path, and take out dot segments and doubled slashes: what a worker makes of `/a/../b` and
 * `/%61` has to be what rules see.
 * @param {string} path
 */
function normalized(path) {
  if (!ODD_PATH.test(path)) return path;
  const plain = urlDecoded(path.replaceAll("+", "%2B"), "").replaceAll("\\", "/");
  /** @type {string[]} */
  const kept = [];
  const segments = plain.replace(/\/{2,}/g, "/").split("/").slice(1);
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== ".") kept.push(segment);
  }
  const last = segments.at(-1);
  return `/${kept.join("/")}${(last === "." || last === "..") && kept.length > 0 ? "/" : ""}`;
}

/** @param {string} path */
function extension(path) {
  return /\.([^./]+)$/.exec(path)?.[1]?.toLowerCase() ?? "";
}

/** @param {RequestView} view */
function sent({ seen }) {
  const headers = collected(seen.request.headers, SET_BY_THE_EDGE);
  return headers.set("host", [seen.host]);
}

/**
 * Headers of one name have come together already: they are one value.
 * @param {Headers} headers
 * @param {Set<string>} without
 * @returns {Values}
 */
function collected(headers, without) {
  /** @type {Values} */
  const found = new Map();
  for (const [name, value] of headers) {
    if (without.has(name)) continue;
    const values = found.get(name);
    if (values === undefined) found.set(name, [toBytes(value)]);
    else values.push(toBytes(value));
  }
  return found;
}

/** @param {string} cookie */
function cookies(cookie) {
  return pairs(cookie.replaceAll("; ", ";"), ";");
}

/**
 * Names and values as they were sent; none is decoded.
 * @param {string} text
 * @param {string} between
 */
function pairs(text, between) {
  /** @type {Values} */
  const found = new Map();
  for (const each of text === "" ? [] : text.split(between)) {
    const mark = each.indexOf("=");
    const name = mark < 0 ? each : each.slice(0, mark);
    const value = mark < 0 ? "" : each.slice(mark + 1);
    found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

/** @param {Response | undefined} response */
function mediaType(response) {
  return response && toBytes(response.headers.get("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase();
}
