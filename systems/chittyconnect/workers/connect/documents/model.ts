import * as v from "valibot";

import { isObject } from "#lib/json";
import { described, object, text, wholeNumber, type Read } from "#lib/schema";
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

const ARCHIVE = "archive/";
const TEMPORARY = "temp/";
const OCTETS = "application/octet-stream";

const MAX_NAME = 255;
const MAX_METADATA = 20;
const MAX_VALUE = 512;

export const DOCUMENT_ID = text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "a UUID in lower case");
export const DOCUMENT_TYPE = text(
  /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
  "1 to 64 letters, digits, '_', '.' or '-'",
);
const CONTENT_TYPE =
  /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}(?:; [\w-]{1,64}=(?:[\w!#$&^.+-]{1,128}|"[ !#-[\]-~]{0,128}"))*$/;
// Half of a surrogate pair is no character: no header can carry it.
const NAME = new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${MAX_NAME}}$`, "u");
const EXPECTED_NAME = `1 to ${MAX_NAME} characters, none of them a control character`;
const METADATA_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const METADATA_VALUE = new RegExp(`^[^\\0\\p{Cs}]{0,${MAX_VALUE}}$`, "u");

const contentType = v.pipe(
  described(v.string("a media type"), { type: "string", description: "a media type" }),
  v.transform(singleSpaced),
  v.regex(CONTENT_TYPE, "a media type"),
);

const name = v.pipe(
  described(v.string(EXPECTED_NAME), { type: "string", description: EXPECTED_NAME }),
  v.transform(baseName),
  v.regex(NAME, EXPECTED_NAME),
);

const metadata = v.pipe(
  described(v.custom<Record<string, unknown>>(isObject, "an object"), {
    type: "object",
    maxProperties: MAX_METADATA,
    propertyNames: { pattern: METADATA_NAME.source },
    additionalProperties: { type: "string", maxLength: MAX_VALUE },
  }),
  v.check(
    (given) => Object.keys(given).length <= MAX_METADATA,
    `an object of at most ${MAX_METADATA} names`,
  ),
  v.check(
    (given) => Object.keys(given).every((each) => METADATA_NAME.test(each)),
    "named by a letter and up to 63 letters, digits, '_', '.' or '-'",
  ),
  v.guard(isDocumentMetadata, `an object of texts of at most ${MAX_VALUE} characters`),
);

const DESCRIBED = {
  chittyId: CHITTY_ID,
  type: DOCUMENT_TYPE,
  name,
  contentType: v.nullish(contentType, OCTETS),
  metadata: v.nullish(metadata, {}),
};

/** What a caller says of a document to be stored. */
export const DESCRIPTION = object(DESCRIBED);

export type Description = Read<typeof DESCRIPTION>;

/** What a caller says of a document whose content comes later: *maxBytes* at most. */
export function announced(maxBytes: number) {
  return { ...DESCRIBED, size: wholeNumber(1, maxBytes) };
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

function isDocumentMetadata(given: Record<string, unknown>): given is DocumentMetadata {
  return Object.values(given).every((each) => typeof each === "string" && METADATA_VALUE.test(each));
}

/** A signature covers a media type as it is sent: with one space between parameters, nothing else. */
function singleSpaced(value: string): string {
  return value.replace(/("[^"]*")|[ \t]*;[ \t]*/g, (_, quoted?: string) => quoted ?? "; ");
}

/** Some clients send the path of the file along. */
function baseName(value: string): string {
  return value.split(/[/\\]/).at(-1) ?? "";
}

function safeName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9._-]+/g, "_").replace(/\.{2,}/g, ".");
  return safe.slice(-128);
}
