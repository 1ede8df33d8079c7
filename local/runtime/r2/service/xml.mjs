// The little XML that S3 speaks.

import { R2Error } from "./errors.mjs";

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
/** @type {Record<string, string | undefined>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const ENTITIES = new Map([["amp", "&"], ["lt", "<"], ["gt", ">"], ["quot", '"'], ["apos", "'"]]);
const DEEPEST = 8;
const [FIRST_SURROGATE, LAST_SURROGATE, LAST] = [0xd800, 0xdfff, 0x10ffff];
/** A tag (whether it closes, its name, whether it is empty), or what stands between tags. */
const TOKEN = /<(\/?)([A-Za-z_][\w.-]*)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*\s*(\/?)>|<\?xml [^<>]*\?>|<!--[^<>]*-->|[^<]+|</g;

/** @param {string} text */
const escape = (text) =>
  text.replace(
    // eslint-disable-next-line no-control-regex -- control characters cannot stand in XML as they are
    /[&<>"\u0000-\u001f\u007f]/g,
    (character) => ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`,
  );

/**
 * An element with its content: an array repeats it, an object is more elements, what is absent leaves
 * it out.
 * @param {string} name
 * @param {unknown} content
 * @returns {string}
 */
function element(name, content) {
  if (content === undefined || content === null) return "";
  if (Array.isArray(content)) return content.map((each) => element(name, each)).join("");
  const inner =
    typeof content === "object"
      ? Object.entries(content)
          .map(([key, value]) => element(key, value))
          .join("")
      : escape(typeof content === "string" ? content : JSON.stringify(content));
  return `<${name}>${inner}</${name}>`;
}

/**
 * A document as an answer. Errors of S3 have no namespace.
 * @param {string} root
 * @param {string | Record<string, unknown>} content
 * @param {{ status?: number, headers?: Record<string, string>, namespace?: boolean }} [options]
 */
export function answer(root, content, { status = 200, headers = {}, namespace = true } = {}) {
  const body = element(root, content).replace(`<${root}>`, namespace ? `<${root} xmlns="${NAMESPACE}">` : `<${root}>`);
  const type = { "content-type": "application/xml" };
  return new Response(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`, { status, headers: { ...type, ...headers } });
}

/** An element that was read. */
export class Element {
  /** @type {Element[]} */
  children = [];
  text = "";

  /** @param {string} name */
  constructor(name) {
    this.name = name;
  }

  /**
   * The children of one name.
   * @param {string} name
   */
  all(name) {
    return this.children.filter((child) => child.name === name);
  }

  /**
   * The text of the first child of that name, or undefined.
   * @param {string} name
   */
  textOf(name) {
    return this.all(name).at(0)?.text.trim();
  }
}

/**
 * Read a document; throws MalformedXML. Document types and whatever else S3 does not send are none.
 * @param {string} text
 */
export function parse(text) {
  const top = new Element("");
  const open = [top];
  for (const [token, closing, name = "", closed] of text.matchAll(TOKEN)) {
    if (name === "") take(open.at(-1) ?? top, token);
    else if (closing) close(open, name);
    else begin(open, name, closed !== "");
  }
  const [root, ...more] = top.children;
  const isWhole = open.length === 1 && more.length === 0 && top.text.trim() === "";
  if (root === undefined || !isWhole) throw new R2Error("MalformedXML");
  return root;
}

/**
 * Text, a comment or the declaration; an angle bracket that begins none of them is a mistake.
 * @param {Element} element
 * @param {string} token
 */
function take(element, token) {
  if (token.startsWith("<?xml ") || token.startsWith("<!--")) return;
  if (token.startsWith("<")) throw new R2Error("MalformedXML");
  element.text += unescape(token);
}

/**
 * @param {Element[]} open
 * @param {string} name
 * @param {boolean} closed
 */
function begin(open, name, closed) {
  const element = new Element(name);
  open.at(-1)?.children.push(element);
  if (open.length > DEEPEST) throw new R2Error("MalformedXML");
  if (!closed) open.push(element);
}

/**
 * @param {Element[]} open
 * @param {string} name
 */
function close(open, name) {
  if (open.length < 2 || open.pop()?.name !== name) throw new R2Error("MalformedXML");
}

/** @param {string} text */
function unescape(text) {
  return text.replace(/&([^;&]*)(;?)/g, (_, /** @type {string} */ entity, end) => {
    const character = end === "" ? undefined : characterOf(entity);
    if (character === undefined) throw new R2Error("MalformedXML");
    return character;
  });
}

/** @param {string} entity */
function characterOf(entity) {
  const [, hex, decimal] = /^#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}))$/.exec(entity) ?? [];
  if (hex === undefined && decimal === undefined) return ENTITIES.get(entity);
  const point = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
  const isCharacter = point <= LAST && !(point >= FIRST_SURROGATE && point <= LAST_SURROGATE);
  return isCharacter ? String.fromCodePoint(point) : undefined;
}
