// Whether an operation may go on: the conditions of R2 and of HTTP.

/** @import { StoredObject } from "./schema.mjs" */

/** @typedef {{ type: "strong" | "weak" | "wildcard", value?: string }} Tag */

/**
 * Moments are milliseconds; workerd's binding sends them as text.
 * @typedef {object} Condition
 * @property {Tag[] | undefined} [etagMatches]
 * @property {Tag[] | undefined} [etagDoesNotMatch]
 * @property {number | string | undefined} [uploadedBefore]
 * @property {number | string | undefined} [uploadedAfter]
 * @property {boolean} [secondsGranularity]
 */

/** @type {(tags: Tag[], etag: string, weak: boolean) => boolean} */
const named = (tags, etag, weak) =>
  tags.some(({ type, value }) => type === "wildcard" || (value === etag && (weak || type === "strong")));

/**
 * Whether `condition` holds for `object`, which is undefined when there is none.
 * @param {Condition | undefined} condition
 * @param {StoredObject | undefined} object
 */
export function holds(condition, object) {
  if (condition === undefined) return true;
  if (object === undefined) return condition.etagMatches === undefined && condition.uploadedAfter === undefined;
  return unchanged(condition, object) && changed(condition, object);
}

/**
 * An etag that is named decides alone; the date stands in for it.
 * @param {Condition} condition
 * @param {StoredObject} object
 */
function unchanged({ etagMatches, uploadedBefore, secondsGranularity }, object) {
  if (etagMatches !== undefined) return named(etagMatches, object.etag, false);
  if (uploadedBefore === undefined) return true;
  const limit = Number(uploadedBefore);
  return secondsGranularity ? seconds(object.uploaded) <= seconds(limit) : object.uploaded < limit;
}

/**
 * @param {Condition} condition
 * @param {StoredObject} object
 */
function changed({ etagDoesNotMatch, uploadedAfter, secondsGranularity }, object) {
  if (etagDoesNotMatch !== undefined) return !named(etagDoesNotMatch, object.etag, true);
  if (uploadedAfter === undefined) return true;
  const limit = Number(uploadedAfter);
  return secondsGranularity ? seconds(object.uploaded) > seconds(limit) : object.uploaded > limit;
}

/** @param {number} milliseconds */
const seconds = (milliseconds) => Math.floor(milliseconds / 1000);

/**
 * The condition that HTTP headers state, or undefined.
 * @param {Headers} headers
 * @returns {Condition | undefined}
 */
export function fromHeaders(headers) {
  const condition = {
    etagMatches: tags(headers.get("if-match")),
    etagDoesNotMatch: tags(headers.get("if-none-match")),
    uploadedBefore: date(headers.get("if-unmodified-since")),
    uploadedAfter: date(headers.get("if-modified-since")),
    secondsGranularity: true,
  };
  const { etagMatches, etagDoesNotMatch, uploadedBefore, uploadedAfter } = condition;
  const stated = [etagMatches, etagDoesNotMatch, uploadedBefore, uploadedAfter];
  return stated.every((part) => part === undefined) ? undefined : condition;
}

/**
 * @param {string | null} header
 * @returns {Tag[] | undefined}
 */
function tags(header) {
  if (header === null) return undefined;
  return header.split(",").map((part) => {
    const text = part.trim();
    if (text === "*") return { type: "wildcard" };
    const weak = text.startsWith("W/");
    return { type: weak ? "weak" : "strong", value: text.replace(/^W\//, "").replace(/^"|"$/g, "") };
  });
}

/** @param {string | null} header */
function date(header) {
  const time = Date.parse(header ?? "");
  return Number.isNaN(time) ? undefined : time;
}
