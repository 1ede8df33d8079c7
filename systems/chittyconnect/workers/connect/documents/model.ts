import type { ApiError } from "#lib/errors";
import { invalid } from "#lib/errors";
import { isObject } from "#lib/json";
import { integer, optionalText, text } from "#lib/validate";
import { CHITTY_ID } from "../sessions/model";

/** *pending*: reserved, not there yet. *archived*: moved to `archive/`, for cheaper storage. */
export type DocumentStatus = "pending" | "stored" | "archived";

/** Names and values an owner gives a document. */
export type DocumentMetadata = Record<string, string>;

/** A document as its owner sees it. Times are ISO 8601, sizes bytes. */
export interface StoredDocument {
  id: string;
  chittyId: string;
  type: string;
  name: string;
  contentType: string;
  size: number;
  key: string;
  status: DocumentStatus;
  etag: string | null;
  sha256: string | null;
  metadata: DocumentMetadata;
  createdAt: string;
  updatedAt: string;
}

/** A document as it is kept. The rest is set while an upload is pending only. */
export interface DocumentRow extends StoredDocument {
  uploadKey: string | null;
  uploadId: string | null;
  partSize: number | null;
  pendingUntil: string | null;
}

/** What a caller says of a document to be stored. */
export interface Description {
  chittyId: string;
  type: string;
  name: string;
  contentType: string;
  metadata: DocumentMetadata;
}

const ARCHIVE = "archive/";
const TEMPORARY = "temp/";
const OCTETS = "application/octet-stream";

const MAX_NAME = 255;
const MAX_METADATA = 20;
const MAX_VALUE = 512;

export const DOCUMENT_ID = {
  pattern: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  expected: "a UUID in lower case",
};
export const DOCUMENT_TYPE = {
  pattern: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
  expected: "1 to 64 letters, digits, '_', '.' or '-'",
};
const CONTENT_TYPE = {
  pattern: /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:; [\w-]{1,64}=(?:[\w!#$&^.+-]{1,128}|"[ !#-[\]-~]{0,128}"))*$/,
  expected: "a media type",
};
// Half of a surrogate pair is no character: no header can carry it.
const NAME = {
  pattern: new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${MAX_NAME}}$`, "u"),
  expected: `1 to ${MAX_NAME} characters, none of them a control character`,
};
const METADATA_VALUE = {
  pattern: new RegExp(`^[^\\0\\p{Cs}]{0,${MAX_VALUE}}$`, "u"),
  expected: `an object of texts of at most ${MAX_VALUE} characters`,
};
const METADATA_NAME = {
  pattern: /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/,
  expected: "named by a letter and up to 63 letters, digits, '_', '.' or '-'",
};

/** Read what *given* says of a document. 400 names the first field that is not acceptable. */
export function description(given: Record<string, unknown>): Description {
  return {
    chittyId: text(given["chittyId"], "chittyId", CHITTY_ID),
    type: text(given["type"], "type", DOCUMENT_TYPE),
    name: text(baseName(given["name"]), "name", NAME),
    contentType: optionalText(singleSpaced(given["contentType"]), "contentType", CONTENT_TYPE) ?? OCTETS,
    metadata: documentMetadata(given["metadata"]),
  };
}

/** Size that a caller announces: at least one byte, at most *max*. */
export function announcedSize(value: unknown, max: number): number {
  return integer(value, "size", { min: 1, max });
}

/** Row of a document that is about to come. *now* and *pendingUntil* in milliseconds. */
export function pendingRow(given: Description, size: number, now: number, pendingUntil: number): DocumentRow {
  const id = crypto.randomUUID();
  const time = new Date(now).toISOString();
  return {
    ...given,
    id,
    size,
    key: `chittyid/${given.chittyId}/${id}/${safeName(given.name)}`,
    status: "pending",
    etag: null,
    sha256: null,
    createdAt: time,
    updatedAt: time,
    uploadKey: null,
    uploadId: null,
    partSize: null,
    pendingUntil: new Date(pendingUntil).toISOString(),
  };
}

/** Where an upload lies until it is complete: a rule of the bucket deletes what is forgotten. */
export function temporaryKey(name: string): string {
  return TEMPORARY + name;
}

/** Where a document lies once archived: a rule of the bucket moves it to cheaper storage. */
export function archiveKey(key: string): string {
  return ARCHIVE + key;
}

/** What a search looks into. */
export function searchText(given: Description): string {
  return fold([given.name, given.type, ...Object.values(given.metadata)].join("\n"));
}

/** *value* as a search compares it: neither case nor form of a letter matters. */
export function fold(value: string): string {
  return value.normalize("NFKC").toLowerCase();
}

/** *row* without what concerns its upload only. */
export function publicDocument(row: DocumentRow): StoredDocument {
  const { uploadKey, uploadId, partSize, pendingUntil, ...document } = row;
  return document;
}

function documentMetadata(value: unknown): DocumentMetadata {
  const given = value ?? {};
  if (!isObject(given)) throw invalid("metadata", "an object");
  const entries = Object.entries(given);
  if (entries.length > MAX_METADATA) throw tooManyNames();
  return Object.fromEntries(entries.map(([name, each]) => [metadataName(name), metadataValue(each)]));
}

function metadataName(name: string): string {
  return text(name, "metadata", METADATA_NAME);
}

function metadataValue(value: unknown): string {
  return text(value, "metadata", METADATA_VALUE);
}

function tooManyNames(): ApiError {
  return invalid("metadata", `an object of at most ${MAX_METADATA} names`);
}

/** A signature covers a media type as it is sent: with one space between parameters, nothing else. */
function singleSpaced(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return value.replace(/("[^"]*")|[ \t]*;[ \t]*/g, (_, quoted?: string) => quoted ?? "; ");
}

/** Some clients send the path of the file along. */
function baseName(value: unknown): unknown {
  return typeof value === "string" ? (value.split(/[/\\]/).at(-1) ?? "") : value;
}

function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/\.{2,}/g, ".");
  return safe.slice(-128);
}
