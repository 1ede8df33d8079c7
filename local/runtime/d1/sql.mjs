// Takes a text of several SQL statements apart, as SQLite's own shell would.

const QUOTES = { "'": "'", '"': '"', "`": "`", "[": "]" };
const TRIGGER = /^create\s+(temp\s+|temporary\s+)?trigger\b/i;
const WORD = /[a-z_0-9$]/i;

/** The statements of `text`, in order, without comments' own and empty ones. */
export function statements(text) {
  const found = [];
  let start = 0;
  for (const end of ends(text)) {
    found.push(text.slice(start, end));
    start = end;
  }
  return found.filter((part) => withoutComments(part).replace(/[;\s]/g, "") !== "");
}

// Where each statement ends: after a semicolon that stands in no string, comment or trigger body.
function* ends(text) {
  let begin = 0;
  let blocks = 0;
  for (let at = 0; at < text.length; ) {
    const next = skip(text, at);
    if (next > at) {
      at = next;
      continue;
    }
    if (WORD.test(text[at])) {
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

// `BEGIN … END` of a trigger and `CASE … END` within it hold semicolons of their own.
function blockChange(word, text, begin, blocks) {
  const upper = word.toUpperCase();
  if (upper === "BEGIN" && blocks === 0) {
    return TRIGGER.test(withoutComments(text.slice(begin)).trimStart()) ? 1 : 0;
  }
  if (blocks === 0) return 0;
  if (upper === "CASE") return 1;
  return upper === "END" ? -1 : 0;
}

function wordAt(text, at) {
  let end = at;
  while (end < text.length && WORD.test(text[end])) end += 1;
  return text.slice(at, end);
}

// The place after the comment or quoted text that begins at `at`, or `at` if none does.
function skip(text, at) {
  if (text.startsWith("--", at)) return endOf(text, "\n", at);
  if (text.startsWith("/*", at)) return endOf(text, "*/", at + 2);
  const close = QUOTES[text[at]];
  return close === undefined ? at : endOf(text, close, at + 1);
}

function endOf(text, mark, from) {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function withoutComments(text) {
  let kept = "";
  for (let at = 0; at < text.length; ) {
    const next = skip(text, at);
    if (next === at) kept += text[at];
    else if (!text.startsWith("--", at) && !text.startsWith("/*", at)) kept += text.slice(at, next);
    at = Math.max(next, at + 1);
  }
  return kept;
}
