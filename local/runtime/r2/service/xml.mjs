// The little XML that S3 speaks.

const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";
/** @type {Record<string, string | undefined>} */
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
/** @type {Record<string, string | undefined>} */
const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

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

/**
 * The inner texts of every `<name>` in a document.
 * @param {string} text
 * @param {string} name
 */
export function inner(text, name) {
  return [...text.matchAll(new RegExp(`<${name}(?:\\s[^>]*)?>(.*?)</${name}>`, "gs"))].map(([, content = ""]) => content);
}

/**
 * The text of the first `<name>`, or undefined.
 * @param {string} text
 * @param {string} name
 */
export function textOf(text, name) {
  const [found] = inner(text, name);
  return found === undefined ? undefined : unescape(found.trim());
}

/** @param {string} text */
function unescape(text) {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, /** @type {string} */ entity) => {
    if (entity.startsWith("#x")) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16));
    if (entity.startsWith("#")) return String.fromCodePoint(Number(entity.slice(1)));
    return ENTITIES[entity] ?? whole;
  });
}
