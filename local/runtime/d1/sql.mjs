// Takes a text of several SQL statements apart, as SQLite's own shell would.

/** @type {Record<string, string | undefined>} */
const QUOTES = { "'": "'", '"': '"', "`": "`", "[": "]" };
const TRIGGER = /^create\s+(temp\s+|temporary\s+)?trigger\b/i;
const WORD = /[a-z_0-9$]/i;

/**
 * The statements of `text`, in order, without comments' own and empty ones.
 * @param {string} text
 */
export function statements(text) {
  /** @type {string[]} */
  const found = [];
  let start = 0;
  for (const end of ends(text)) {
    found.push(text.slice(start, end));
    start = end;
  }
  return found.filter((part) => withoutComments(part).replace(/[;\s]/g, "") !== "");
}

/**
 * Where each statement ends: after a semicolon that stands in no string, comment or trigger body.
 * @param {string} text
 */
function* ends(text) {
  let begin = 0;
  let blocks = 0;
  for (let at = 0; at < text.length; ) {
    const next = skip(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    if (WORD.test(text.charAt(at))) {
      const word = wordAt(text, at);
      blocks += blockChange(word, text, begin, blocks);
      at += word.length;
      continue;
    }
    at += 1;
    if (text[at - 1] === ";" && blocks === 0) {
      yield at;
      begin = at;
    }
  }
  if (begin < text.length) yield text.length;
}

/**
 * How many blocks a word opens or closes: `BEGIN … END` of a trigger and `CASE … END` within it hold
 * semicolons of their own.
 * @param {string} word
 * @param {string} text
 * @param {number} begin
 * @param {number} blocks
 */
function blockChange(word, text, begin, blocks) {
  const upper = word.toUpperCase();
  if (upper === "BEGIN" && blocks === 0) {
    return TRIGGER.test(withoutComments(text.slice(begin)).trimStart()) ? 1 : 0;
  }
  if (blocks === 0) return 0;
  if (upper === "CASE") return 1;
  return upper === "END" ? -1 : 0;
}

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
