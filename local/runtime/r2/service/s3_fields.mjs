// What a request of the S3 API may say beside its content. Each operation lists what it honours;
// whatever else S3 has is refused by name, and nothing is stored: what is dropped in silence is
// believed to hold. What means nothing here and is let pass stands in docs/local-cloudflare.md.

import { R2Error } from "./errors.mjs";

const AMZ = "x-amz-";
export const META = "x-amz-meta-";
const CONDITIONS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since"];
const SUMS = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"].map((kind) => `x-amz-checksum-${kind}`);
const CONTENT = [...SUMS, "x-amz-sdk-checksum-algorithm"];
const METADATA = ["x-amz-storage-class", "x-amz-acl", META];
const SOURCE = ["x-amz-copy-source", ...CONDITIONS.map((name) => `x-amz-copy-source-${name}`)];
export const OVERRIDES = ["content-type", "content-language", "expires", "cache-control", "content-disposition", "content-encoding"];
const RESPONSES = OVERRIDES.map((name) => `response-${name}`);
const LISTED = ["prefix", "delimiter", "max-keys", "encoding-type"];
const PART = ["partNumber", "uploadId"];

/** Headers of the protocol itself, and those that ask for what an answer may leave out. */
const EVERYWHERE = new Set([
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-decoded-content-length",
  "x-amz-trailer",
  "x-amz-user-agent",
  "x-amz-checksum-mode",
]);

/** Parameters that make the signature of an address; the service reads them before anything else. */
const SIGNATURE = new Set([
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-signedheaders",
  "x-amz-signature",
  "x-amz-content-sha256",
]);

const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** What R2 adds to S3 in headers of its own. None of it is emulated. */
const OF_R2 = /^cf-(?:create-bucket-if-missing$|copy-destination-)/;

/** The query parameters of S3; any other means nothing to it. */
const OF_S3 = new Set(
  `abac accelerate acl analytics annotation annotation-prefix annotationName attributes bucket-region
  continuation-token cors delete delimiter encoding-type encryption fetch-owner id intelligent-tiering inventory
  key-marker legal-hold lifecycle list-type location logging marker max-annotation-results max-buckets
  max-directory-buckets max-keys max-parts max-uploads metadataAnnotationTable metadataConfiguration
  metadataInventoryTable metadataJournalTable metadataTable metrics notification object-lock ownershipControls
  part-number-marker partNumber policy policyStatus prefix publicAccessBlock renameObject replication
  requestPayment ${RESPONSES.join(" ")} restore retention select select-type session start-after tagging torrent
  upload-id-marker uploadId uploads version-id-marker versionId versioning versions website`.split(/\s+/),
);

/**
 * What each operation honours: headers in small letters, and query parameters.
 * @satisfies {Record<string, { headers?: string[], query?: string[] }>}
 */
const HONOURED = {
  ListBuckets: {},
  HeadBucket: {},
  ListObjects: { query: [...LISTED, "marker"] },
  ListObjectsV2: { query: [...LISTED, "list-type", "continuation-token", "start-after", "fetch-owner"] },
  GetBucketLocation: { query: ["location"] },
  GetBucketCors: { query: ["cors"] },
  ListMultipartUploads: { query: ["uploads", "prefix", "key-marker", "upload-id-marker", "max-uploads"] },
  DeleteObjects: { headers: CONTENT, query: ["delete"] },
  GetObject: { headers: CONDITIONS, query: [...RESPONSES, "partNumber"] },
  HeadObject: { headers: CONDITIONS, query: [...RESPONSES, "partNumber"] },
  PutObject: { headers: [...CONDITIONS, ...CONTENT, ...METADATA] },
  CopyObject: { headers: [...SOURCE, ...METADATA, "x-amz-metadata-directive"] },
  DeleteObject: {},
  CreateMultipartUpload: {
    headers: [...METADATA, "x-amz-checksum-algorithm", "x-amz-checksum-type"],
    query: ["uploads"],
  },
  UploadPart: { headers: CONTENT, query: PART },
  UploadPartCopy: { headers: [...SOURCE, "x-amz-copy-source-range"], query: PART },
  ListParts: { query: ["uploadId", "max-parts", "part-number-marker"] },
  CompleteMultipartUpload: { query: ["uploadId"] },
  AbortMultipartUpload: { query: ["uploadId"] },
};

/** @typedef {keyof typeof HONOURED} OperationName */

const ALGORITHMS = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];
/** Values that are honoured of what is honoured in part. @type {Record<string, string[] | undefined>} */
const VALUES = {
  "x-amz-acl": ["private"],
  "x-amz-sdk-checksum-algorithm": ALGORITHMS,
  "x-amz-checksum-algorithm": ALGORITHMS,
  "x-amz-checksum-type": ["COMPOSITE", "FULL_OBJECT"],
  "x-amz-metadata-directive": ["COPY", "REPLACE"],
  "list-type": ["2"],
  "encoding-type": ["url"],
};

/**
 * The headers of a request, with those that its address has instead: signed, they hold as well.
 * @param {Headers} sent
 * @param {URLSearchParams} query
 */
export function headersOf(sent, query) {
  const headers = new Headers(sent);
  for (const [given, value] of query) {
    const name = given.toLowerCase();
    if (!name.startsWith(AMZ) || SIGNATURE.has(name)) continue;
    if (put(headers, name, value) !== value) throw new R2Error("InvalidArgument", `${name} is given twice, with two values.`);
  }
  return headers;
}

/**
 * Put a value among the headers; returns the one that was there, or else this one.
 * @param {Headers} headers
 * @param {string} name
 * @param {string} value
 */
function put(headers, name, value) {
  if (!NAME.test(name) || !VALUE.test(value)) {
    throw new R2Error("InvalidArgument", "A query parameter is no header, or has a value that none can have.");
  }
  const former = headers.get(name);
  headers.set(name, value);
  return former ?? value;
}

/**
 * Refuse what `operation` does not honour.
 * @param {OperationName} operation
 * @param {Headers} headers
 * @param {URLSearchParams} query
 */
export function check(operation, headers, query) {
  /** @type {{ headers?: string[], query?: string[] }} */
  const honoured = HONOURED[operation];
  for (const [name, value] of headers) {
    if (meansSomething(name)) require(honoured.headers ?? [], "Header", name, value, operation);
  }
  for (const [name, value] of query) {
    if (OF_S3.has(name)) require(honoured.query ?? [], "Query parameter", name, value, operation);
  }
}

/** @param {string} name */
const meansSomething = (name) =>
  CONDITIONS.includes(name) || OF_R2.test(name) || (name.startsWith(AMZ) && !EVERYWHERE.has(name));

/**
 * @param {string[]} honoured
 * @param {string} what
 * @param {string} name
 * @param {string} value
 * @param {OperationName} operation
 */
function require(honoured, what, name, value, operation) {
  const listed = name.startsWith(META) ? META : name;
  const values = VALUES[name];
  if (!honoured.includes(listed)) throw new R2Error("NotImplemented", `${what} '${name}' not implemented for ${operation}`);
  if (values !== undefined && !values.includes(value)) {
    throw new R2Error("NotImplemented", `${what} '${name}' is implemented for ${values.join(", ")} only`);
  }
}
