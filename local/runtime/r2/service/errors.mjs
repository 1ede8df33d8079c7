// R2's errors: number of the Workers API, code and status of the S3 API, text of both.

/** @import { StoredObject } from "./schema.mjs" */

/**
 * Number, status, text, and the code of S3 where it is not the name.
 * @typedef {[number, number, string, string?]} Description
 */

/** @satisfies {Record<string, Description>} */
const ERRORS = {
  InternalError: [10001, 500, "We encountered an internal error. Please try again."],
  Unauthorized: [10002, 401, "Unauthorized"],
  AccessDenied: [10003, 403, "Access Denied"],
  NoSuchBucket: [10006, 404, "The specified bucket does not exist."],
  NoSuchKey: [10007, 404, "The specified key does not exist."],
  EntityTooSmall: [10011, 400, "Your proposed upload is smaller than the minimum allowed object size."],
  MetadataTooLarge: [10012, 400, "Your metadata headers exceed the maximum allowed metadata size."],
  InvalidDigest: [10014, 400, "The checksum you specified is not valid."],
  IncompleteBody: [10013, 400, "The request body is shorter or longer than announced."],
  ExpiredRequest: [10018, 400, "Request has expired"],
  InvalidObjectName: [10020, 400, "The specified object name is not valid."],
  InvalidMaxKeys: [10022, 400, "MaxKeys params must be positive integer <= 1000."],
  NoSuchUpload: [10024, 404, "The specified multipart upload does not exist."],
  InvalidPart: [10025, 400, "One or more of the specified parts could not be found."],
  InvalidArgument: [10029, 400, "The request has an invalid argument."],
  PreconditionFailed: [10031, 412, "At least one of the pre-conditions you specified did not hold."],
  MissingContentLength: [10033, 411, "You must provide the Content-Length HTTP header."],
  SignatureDoesNotMatch: [
    10035,
    403,
    "The request signature we calculated does not match the signature you provided. Check your secret access key and signing method.",
  ],
  BadDigest: [10037, 400, "The checksum you specified did not match what we received."],
  InvalidRange: [10039, 416, "The requested range is not satisfiable"],
  UnequalParts: [10048, 400, "All non-trailing parts must have the same length.", "InvalidPart"],
  InvalidStorageClass: [10029, 400, "The storage class you specified is not valid: STANDARD or STANDARD_IA."],
  MalformedXML: [10040, 400, "The XML you provided was not well formed or did not validate against our published schema"],
  MethodNotAllowed: [10041, 405, "The specified method is not allowed against this resource."],
  NoSuchCORSConfiguration: [10059, 404, "The CORS configuration does not exist."],
  RequestTimeTooSkewed: [10035, 403, "The difference between the request time and the server's time is too large."],
  NotImplemented: [10062, 501, "not emulated"],
  EntityTooLarge: [100100, 400, "Your proposed upload exceeds the maximum allowed object size."],
};

/** @typedef {keyof typeof ERRORS} ErrorName */

/** An operation that R2 refuses. */
export class R2Error extends Error {
  /** @type {StoredObject | undefined} the object that a condition did not hold for */
  object;

  /** @type {Record<string, string>} headers that the answer has to have */
  headers = {};

  /**
   * @param {ErrorName} name
   * @param {string} [detail] replaces the usual text
   */
  constructor(name, detail) {
    /** @type {Description} */
    const description = ERRORS[name];
    const [number, status, text, s3Code = name] = description;
    super(detail ?? text);
    this.kind = name;
    this.number = number;
    this.status = status;
    this.s3Code = s3Code;
  }

  /**
   * Whatever was thrown, as an error of R2.
   * @param {unknown} error
   */
  static from(error) {
    if (error instanceof R2Error) return error;
    // eslint-disable-next-line no-console -- the supervisor keeps it in the log
    console.error(error);
    return new R2Error("InternalError");
  }
}

/**
 * Answers of the bucket cross a boundary that keeps no classes: a refusal is a plain object.
 * @typedef {{ refused: ErrorName, object?: StoredObject | undefined }} Refusal
 */

/**
 * @param {ErrorName} kind
 * @param {StoredObject} [object]
 * @returns {Refusal}
 */
export const refuse = (kind, object) => ({ refused: kind, object });

/**
 * The answer of the bucket, or its refusal as an error.
 * @template {object} T
 * @param {T} answer
 * @returns {Exclude<T, Refusal>}
 */
export function accept(answer) {
  if (!isRefusal(answer)) return /** @type {Exclude<T, Refusal>} */ (answer);
  const error = new R2Error(answer.refused);
  error.object = answer.object;
  throw error;
}

/**
 * @param {object} answer
 * @returns {answer is Refusal}
 */
const isRefusal = (answer) => "refused" in answer;
