// Takes a text of several SQL statements apart: as SQLite's own shell would, or as Cloudflare's /query.

/**
 * How many blocks a word of a trigger opens (1) or closes (-1); semicolons in a block end nothing.
 * `open` is how many there are, `after` what follows the word.
 * @typedef {(word: string, open: number, after: string) => number} Blocks
 */

/** @type {Record<string, string | undefined>} */
const QUOTES = { "'": "'", '"': '"', "`": "`", "[": "]" };
const TRIGGER = /^create\s+(temp\s+|temporary\s+)?trigger\b/i;
const WORD = /[a-z_0-9$]/i;

/**
 * SQLite: `BEGIN … END` of a trigger and `CASE … END` within it.
 * @type {Blocks}
 */
export const asShell = (word, open) => {
  const upper = word.toUpperCase();
  if (upper === "BEGIN" && open === 0) return 1;
  if (open === 0) return 0;
  if (upper === "CASE") return 1;
  return upper === "END" ? -1 : 0;
};

/**
 * What `/query` and `/raw` are seen to do (workers-sdk#10998, #14991, #15314, #4727): a BEGIN in
 * small letters, or before CR LF, opens nothing, and an END before a space or a semicolon closes the
 * trigger though it be that of a CASE. SQLite then gets a piece: "incomplete input".
 * @type {Blocks}
 */
export const asQuery = (word, open, after) => {
  if (word === "BEGIN" && open === 0) return after.startsWith("\r") ? 0 : 1;
  return open > 0 && word.toUpperCase() === "END" && /^(?:[;\s]|$)/.test(after) ? -1 : 0;
};

/**
 * The statements of `text`, in order, without comments' own and empty ones.
 * @param {string} text
 * @param {Blocks} blocks
 */
export function statements(text, blocks) {
  /** @type {string[]} */
  const found = [];
  let start = 0;
  for (const end of ends(text, blocks)) {
    found.push(text.slice(start, end));
    start = end;
  }
  return found.filter((part) => withoutComments(part).replace(/[;\s]/g, "") !== "");
}

/**
 * Where each statement ends: after a semicolon that stands in no string, comment or trigger body.
 * @param {string} text
 * @param {Blocks} blocks
 */
function* ends(text, blocks) {
  let begin = 0;
  let open = 0;
  for (let at = 0; at < text.length; ) {
    const next = skip(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    if (WORD.test(text.charAt(at))) {
      const word = wordAt(text, at);
      const change = blocks(word, open, text.charAt(at + word.length));
      if (open > 0 || (change > 0 && isTrigger(text.slice(begin, at)))) open += change;
      at += word.length;
      continue;
    }
    at += 1;
    if (text[at - 1] === ";" && open === 0) {
      yield at;
      begin = at;
    }
  }
  if (begin < text.length) yield text.length;
}

/** @param {string} statement */
const isTrigger = (statement) => TRIGGER.test(withoutComments(statement).trimStart());

/**
 * @param {string} text
 * @param {number} at
 */
function wordAt(text, at) {
  let end = at;
  while (end < text.length && WORD.test(text.charAt(end))) end += 1;
  return text.slice(at, end);
}

/**
 * The place after the comment or quoted text that begins at `at`, or `at` if none does.
 * @param {string} text
 * @param {number} at
 */
function skip(text, at) {
  if (text.startsWith("--", at)) return endOf(text, "\n", at);
  if (text.startsWith("/*", at)) return endOf(text, "*/", at + 2);
  const close = QUOTES[text.charAt(at)];
  return close === undefined ? at : endOf(text, close, at + 1);
}

/**
 * @param {string} text
 * @param {string} mark
 * @param {number} from
 */
function endOf(text, mark, from) {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

/** @param {string} text */
function withoutComments(text) {
  let kept = "";
  for (let at = 0; at < text.length; ) {
    const next = skip(text, at);
    if (next === at) kept += text.charAt(at);
    else if (!text.startsWith("--", at) && !text.startsWith("/*", at)) kept += text.slice(at, next);
    at = Math.max(next, at + 1);
  }
  return kept;
}
