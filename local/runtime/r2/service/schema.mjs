// The index of a bucket. Contents are files; the index names them.

const TABLES = `
CREATE TABLE IF NOT EXISTS objects (
  key TEXT PRIMARY KEY,
  version TEXT NOT NULL,
  size INTEGER NOT NULL,
  etag TEXT NOT NULL,
  uploaded INTEGER NOT NULL,
  http TEXT NOT NULL,
  custom TEXT NOT NULL,
  checksums TEXT NOT NULL,
  storage_class TEXT NOT NULL,
  files TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL,
  created INTEGER NOT NULL,
  http TEXT NOT NULL,
  custom TEXT NOT NULL,
  storage_class TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS uploads_by_key ON uploads(key, id);
CREATE TABLE IF NOT EXISTS parts (
  upload TEXT NOT NULL REFERENCES uploads(id) ON DELETE CASCADE,
  number INTEGER NOT NULL,
  etag TEXT NOT NULL,
  size INTEGER NOT NULL,
  uploaded INTEGER NOT NULL,
  path TEXT NOT NULL,
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS garbage (path TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS garbage_by_due ON garbage(due);
CREATE TABLE IF NOT EXISTS bucket (one INTEGER PRIMARY KEY, created INTEGER NOT NULL) WITHOUT ROWID;
`;

/** Make the tables, and note when that was first done. */
export function create(sql) {
  sql.exec(TABLES);
  sql.exec("INSERT OR IGNORE INTO bucket VALUES (1, ?)", Date.now());
}

/** A row as the object it describes. */
export function objectOf(row) {
  const { storage_class: storageClass, http, custom, checksums, files, ...plain } = row;
  return {
    ...plain,
    storageClass,
    http: JSON.parse(http),
    custom: JSON.parse(custom),
    checksums: JSON.parse(checksums),
    files: JSON.parse(files),
  };
}

export function saveObject(sql, object) {
  sql.exec(
    "INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    object.key,
    object.version,
    object.size,
    object.etag,
    object.uploaded,
    JSON.stringify(object.http),
    JSON.stringify(object.custom),
    JSON.stringify(object.checksums),
    object.storageClass,
    JSON.stringify(object.files),
  );
}
