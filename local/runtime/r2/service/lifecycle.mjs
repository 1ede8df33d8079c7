// A bucket's lifecycle rules, applied at a moment. Deleting goes before a change of storage class.

const SECOND = 1000;
const MATCHES = "substr(key, 1, length(?)) = ?";

/** Apply the enabled rules; returns {deleted, transitioned, aborted}: keys, and keys of uploads. */
export function apply(bucket, rules, now) {
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

/** What is older than this moment meets the condition; undefined when nothing does yet. */
export function threshold(condition, now) {
  if (condition?.type === "Age") return now - condition.maxAge * SECOND;
  if (condition?.type === "Date") return Date.parse(condition.date) <= now ? now : undefined;
  return undefined;
}

function deleteObjects(bucket, prefix, transition, now, report) {
  const before = threshold(transition?.condition, now);
  if (before === undefined) return;
  const query = `SELECT key FROM objects WHERE ${MATCHES} AND uploaded <= ?`;
  for (const { key } of bucket.sql.exec(query, prefix, prefix, before).toArray()) {
    bucket.drop(key);
    report.deleted.push(key);
  }
}

function moveObjects(bucket, prefix, { condition, storageClass }, now, report) {
  const before = threshold(condition, now);
  if (before === undefined) return;
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

function abortUploads(bucket, prefix, transition, now, report) {
  const before = threshold(transition?.condition, now);
  if (before === undefined) return;
  const query = `SELECT id, key FROM uploads WHERE ${MATCHES} AND created <= ?`;
  for (const { id, key } of bucket.sql.exec(query, prefix, prefix, before).toArray()) {
    bucket.uploads.abort(id, key);
    report.aborted.push(key);
  }
}
