// A bucket's lifecycle rules, applied at a moment. Deleting goes before a change of storage class.

/** @import { Bucket } from "./bucket.mjs" */
/** @import { StorageClass } from "./schema.mjs" */

/** @typedef {{ type: "Age", maxAge: number } | { type: "Date", date: string }} Condition */

/** @typedef {{ condition: Condition }} Transition */

/**
 * @typedef {object} LifecycleRule
 * @property {boolean} enabled
 * @property {{ prefix?: string }} [conditions]
 * @property {Transition} [deleteObjectsTransition]
 * @property {Transition} [abortMultipartUploadsTransition]
 * @property {(Transition & { storageClass: StorageClass })[]} [storageClassTransitions]
 */

/**
 * What was done: keys of objects, and of uploads.
 * @typedef {{ deleted: string[], transitioned: string[], aborted: string[] }} Report
 */

const SECOND = 1000;
const MATCHES = "substr(key, 1, length(?)) = ?";

/**
 * Apply the enabled rules.
 * @param {Bucket} bucket
 * @param {LifecycleRule[]} rules
 * @param {number} now in milliseconds
 */
export function apply(bucket, rules, now) {
  /** @type {Report} */
  const report = { deleted: [], transitioned: [], aborted: [] };
  for (const rule of rules.filter(({ enabled }) => enabled)) {
    const prefix = rule.conditions?.prefix ?? "";
    abortUploads(bucket, prefix, rule.abortMultipartUploadsTransition, now, report);
    deleteObjects(bucket, prefix, rule.deleteObjectsTransition, now, report);
  }
  for (const rule of rules.filter(({ enabled }) => enabled)) {
    const prefix = rule.conditions?.prefix ?? "";
    for (const change of rule.storageClassTransitions ?? []) moveObjects(bucket, prefix, change, now, report);
  }
  return report;
}

/**
 * What is older than this moment meets the condition; undefined when nothing does yet.
 * @param {Condition | undefined} condition
 * @param {number} now
 */
function threshold(condition, now) {
  if (condition?.type === "Age") return now - condition.maxAge * SECOND;
  if (condition?.type === "Date") return Date.parse(condition.date) <= now ? now : undefined;
  return undefined;
}

/**
 * @param {Bucket} bucket
 * @param {string} prefix
 * @param {Transition | undefined} transition
 * @param {number} now
 * @param {Report} report
 */
function deleteObjects(bucket, prefix, transition, now, report) {
  const before = threshold(transition?.condition, now);
  if (before === undefined) return;
  const query = `SELECT key FROM objects WHERE ${MATCHES} AND uploaded <= ?`;
  /** @type {SqlStorageCursor<{ key: string }>} */
  const found = bucket.sql.exec(query, prefix, prefix, before);
  for (const { key } of found.toArray()) {
    bucket.drop(key);
    report.deleted.push(key);
  }
}

/**
 * @param {Bucket} bucket
 * @param {string} prefix
 * @param {Transition & { storageClass: StorageClass }} change
 * @param {number} now
 * @param {Report} report
 */
function moveObjects(bucket, prefix, { condition, storageClass }, now, report) {
  const before = threshold(condition, now);
  if (before === undefined) return;
  /** @type {SqlStorageCursor<{ key: string }>} */
  const moved = bucket.sql.exec(
    `UPDATE objects SET storage_class = ? WHERE ${MATCHES} AND uploaded <= ? AND storage_class <> ? RETURNING key`,
    storageClass,
    prefix,
    prefix,
    before,
    storageClass,
  );
  report.transitioned.push(...moved.toArray().map(({ key }) => key));
}

/**
 * @param {Bucket} bucket
 * @param {string} prefix
 * @param {Transition | undefined} transition
 * @param {number} now
 * @param {Report} report
 */
function abortUploads(bucket, prefix, transition, now, report) {
  const before = threshold(transition?.condition, now);
  if (before === undefined) return;
  const query = `SELECT id, key FROM uploads WHERE ${MATCHES} AND created <= ?`;
  /** @type {SqlStorageCursor<{ id: string, key: string }>} */
  const found = bucket.sql.exec(query, prefix, prefix, before);
  for (const { id, key } of found.toArray()) {
    bucket.uploads.abort(id, key);
    report.aborted.push(key);
  }
}
