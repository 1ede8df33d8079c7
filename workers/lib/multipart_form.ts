import { concat } from "./body";
import { invalid } from "./errors";

/** One field of a form. Its *body* must be read before the next part is asked for. */
export interface FormPart {
  name: string;
  /** `undefined`: a plain field, not a file. */
  filename: string | undefined;
  contentType: string | undefined;
  body: AsyncIterable<Uint8Array>;
}

const MAX_HEADER_BYTES = 8 * 1024;
const MAX_PARTS = 32;
const CR = 13;
const LINE = bytesOf("\r\n");
const BLANK_LINE = bytesOf("\r\n\r\n");

/** The boundary that *contentType* names. 400 when it is no form. */
export function formBoundary(contentType: string | null): string {
  const match = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i;
  const [, quoted, plain] = match.exec(contentType ?? "") ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw invalid("Content-Type", "multipart/form-data with a boundary");
  return boundary;
}

/**
 * The parts of a form (RFC 7578) as they arrive. Nothing is kept: a file of any size passes in
 * pieces. 400 when the form is malformed or ends too soon.
 */
export async function* formParts(
  stream: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<FormPart, void> {
  const delimiter = bytesOf(`\r\n--${boundary}`);
  const scanner = new Scanner(stream);
  await drain(scanner.until(delimiter));
  for (let count = 0; await scanner.isFollowedByPart(); count++) {
    if (count === MAX_PARTS) throw invalid("the form", `at most ${MAX_PARTS} fields`);
    const body = scanner.until(delimiter);
    yield { ...parseHeaders(await headerText(scanner)), body };
    await drain(body);
  }
}

/** All of *body* as text. 400 names *field* when it has more than *limit* bytes. */
export async function partText(part: FormPart, limit: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of part.body) {
    size += chunk.byteLength;
    if (size > limit) throw invalid(part.name, `at most ${limit} bytes`);
    chunks.push(chunk);
  }
  return new TextDecoder().decode(concat(chunks, size));
}

/** Looks for delimiters in a stream, holding no more of it than one chunk and one delimiter. */
class Scanner {
  private readonly source: AsyncIterator<Uint8Array>;
  // A form may begin with its delimiter, which otherwise follows a line break.
  private held: Uint8Array = LINE;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.source = stream[Symbol.asyncIterator]();
  }

  /** Everything before *delimiter*, which is swallowed. */
  async *until(delimiter: Uint8Array): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const found = indexOf(this.held, delimiter);
      const safe = found >= 0 ? found : Math.max(0, this.held.length - delimiter.length + 1);
      const before = this.held.subarray(0, safe);
      this.held = this.held.subarray(found >= 0 ? found + delimiter.length : safe);
      if (before.length > 0) yield before;
      if (found >= 0) return;
      await this.more();
    }
  }

  /** What follows a delimiter: another part, or the end. */
  async isFollowedByPart(): Promise<boolean> {
    while (this.held.length < 2) await this.more();
    const [first, second] = this.held;
    this.held = this.held.subarray(2);
    if (first === 0x2d && second === 0x2d) return false;
    if (first !== CR || second !== 10) throw malformed();
    return true;
  }

  private async more(): Promise<void> {
    const next = await this.source.next();
    if (next.done === true) throw malformed();
    const size = this.held.length + next.value.length;
    this.held = this.held.length === 0 ? next.value : concat([this.held, next.value], size);
  }
}

async function headerText(scanner: Scanner): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of scanner.until(BLANK_LINE)) {
    size += chunk.byteLength;
    if (size > MAX_HEADER_BYTES) throw malformed();
    chunks.push(chunk);
  }
  return new TextDecoder().decode(concat(chunks, size));
}

function parseHeaders(text: string): Omit<FormPart, "body"> {
  const headers = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  const name = parameter(disposition, "name");
  if (name === undefined) throw malformed();
  const filename = parameter(disposition, "filename");
  return { name, filename, contentType: headers.get("content-type") };
}

/** A quoted parameter, escaped as browsers do it (`%22`) or as RFC 822 did (`\"`). */
function parameter(header: string, name: string): string | undefined {
  const match = new RegExp(`;\\s*${name}=(?:"((?:\\\\.|[^"\\\\])*)"|([^\\s;"]+))`, "i").exec(header);
  const value = match?.[1] ?? match?.[2];
  return value?.replace(/\\(.)/g, "$1").replace(/%22/g, '"').replace(/%0D|%0A/gi, "");
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array): number {
  let at = bytes.indexOf(CR);
  while (at >= 0 && at + wanted.length <= bytes.length) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
    at = bytes.indexOf(CR, at + 1);
  }
  return -1;
}

async function drain(body: AsyncIterable<Uint8Array>): Promise<void> {
  const chunks = body[Symbol.asyncIterator]();
  while ((await chunks.next()).done !== true);
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function malformed(): Error {
  return invalid("the body", "a complete multipart/form-data form");
}
