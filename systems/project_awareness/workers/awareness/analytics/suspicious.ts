/** What a request asks for that nothing here has, by name: whoever asks looks for a weak place. */
const PATTERNS: Readonly<Record<string, RegExp>> = {
  traversal: /^[^?]*\.\.[/\\]/,
  hidden_file: /^[^?]*\/\.(?!well-known(?:\/|\?|$))/,
  foreign_software: /^[^?]*(?:\.(?:php|aspx?|jsp|cgi)(?:\/|\?|$)|\/(?:wp-|phpmyadmin|cgi-bin\/))/i,
  markup: /<\s*(?:script|iframe|svg)\b/i,
  sql: /\bunion\s+(?:all\s+)?select\b|'\s*or\s+'?1'?\s*=/i,
};

/** Longer ones are not looked through. */
const MOST = 4096;

/** Return what looks suspicious in the address *url*, by its name alone; `undefined` where nothing does. */
export function suspicionOf(url: string): string | undefined {
  const { pathname, search } = new URL(url);
  const text = readable(`${pathname}${search}`.slice(0, MOST));
  return Object.keys(PATTERNS).find((name) => PATTERNS[name]?.test(text));
}

/** *text* without its escapes, those of an escape as well. */
function readable(text: string): string {
  const once = unescaped(text.replaceAll("+", " "));
  return unescaped(once);
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 16)));
}
