import { chunksOf, contentLength, tooLarge } from "#lib/body";
import { invalid } from "#lib/errors";
import type { Json } from "#lib/json";
import { describeError, log } from "#lib/log";
import { formBoundary, formParts, partText, type FormPart } from "#lib/multipart_form";
import { check } from "#lib/schema";
import { complete, reserve } from "./lifecycle";
import type { Library } from "./library";
import { DESCRIPTION, pendingRow, temporaryKey, type Description, type DocumentRow } from "./model";
import { Spool, type Spooled } from "./spool";

const MAX_FIELD_BYTES = 16 * 1024;
// What a form may have around the file.
const ENVELOPE_BYTES = 128 * 1024;
const HOUR = 3_600_000;

interface FormFile {
  name: string;
  contentType: string | undefined;
  content: Spooled;
}

interface Form {
  fields: Map<string, string>;
  file: FormFile | undefined;
}

/** Store the document of a form: `file`, `chittyId`, `type`, and optionally `name`, `metadata`. */
export async function uploadForm(library: Library, request: Request): Promise<DocumentRow> {
  const form: Form = { fields: new Map(), file: undefined };
  try {
    await readForm(library, request, form);
    if (form.file === undefined) throw invalid("file", "a file of the form");
    return await store(library, describeForm(form.fields, form.file), form.file.content);
  } finally {
    const content = form.file?.content;
    if (content !== undefined && "key" in content) await discard(library, content.key);
  }
}

async function readForm(library: Library, request: Request, form: Form): Promise<void> {
  const limit = library.limits.maxUploadBytes + ENVELOPE_BYTES;
  if ((contentLength(request) ?? 0) > limit) throw tooLarge(limit);
  const boundary = formBoundary(request.headers.get("Content-Type"));
  for await (const part of formParts(chunksOf(request.body), boundary)) {
    if (part.filename === undefined) form.fields.set(part.name, await partText(part, MAX_FIELD_BYTES));
    else if (part.name !== "file" || form.file !== undefined) throw invalid("the form", "a form with one file, named file");
    else form.file = await readFile(library, part, part.filename);
  }
}

async function readFile(library: Library, part: FormPart, name: string): Promise<FormFile> {
  const key = temporaryKey(`form/${crypto.randomUUID()}`);
  const spool = new Spool(library.bucket, key, library.limits.maxUploadBytes);
  return { name, contentType: part.contentType, content: await spool.take(part.body) };
}

function describeForm(fields: Map<string, string>, file: FormFile): Description {
  const metadata = fields.get("metadata");
  const given = {
    chittyId: fields.get("chittyId"),
    type: fields.get("type"),
    name: fields.get("name") ?? file.name,
    contentType: file.contentType,
    metadata: metadata === undefined ? undefined : parseMetadata(metadata),
  };
  return check(DESCRIPTION, given, "the form");
}

async function store(library: Library, given: Description, content: Spooled): Promise<DocumentRow> {
  const now = library.now();
  const row = pendingRow(given, content.size, now, now + HOUR);
  await reserve(library, row);
  return complete(library, row, async () => {
    if ("bytes" in content) return library.objects.put(row, content.bytes);
    const copied = await library.objects.copy(row, content.key, row.key);
    if ("found" in copied) throw new Error("the spooled file is gone");
    return copied;
  });
}

/** What cannot be deleted now, a rule of the bucket deletes: no reason to refuse the document. */
async function discard(library: Library, key: string): Promise<void> {
  try {
    await library.bucket.delete(key);
  } catch (error) {
    log("warn", "temporary_object_left", { key, ...describeError(error) });
  }
}

function parseMetadata(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw invalid("metadata", "JSON");
  }
}
