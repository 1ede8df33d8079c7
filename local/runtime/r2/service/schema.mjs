// The index of a bucket. Contents are files; the index names them.

/**
 * A file of contents.
 * @typedef {{ path: string, size: number }} File
 */

/**
 * An object as the bucket's index has it.
 * @typedef {object} StoredObject
 * @property {string} key
 * @property {string} version
 * @property {number} size in bytes
 * @property {string} etag
 * @property {number} uploaded in milliseconds
 * @property {Record<string, string>} http metadata, by the names of the Workers API
 * @property {Record<string, string>} custom
 * @property {Record<string, string>} checksums in hex, by algorithm
 * @property {StorageClass} storageClass
 * @property {File[]} files the contents, in order
 */

/** @typedef {"Standard" | "InfrequentAccess"} StorageClass */

/**
 * A row of `objects`. What is no plain value is JSON.
 * @typedef {{
 *   key: string, version: string, size: number, etag: string, uploaded: number,
 *   http: string, custom: string, checksums: string, storage_class: StorageClass, files: string,
 * }} ObjectRow
 */

/**
 * A row of `uploads`.
 * @typedef {{
 *   id: string, key: string, created: number, http: string, custom: string, storage_class: StorageClass,
 * }} UploadRow
 */

/**
 * A row of `parts`.
 * @typedef {{
 *   upload: string, number: number, etag: string, size: number, uploaded: number, path: string,
 * }} PartRow
 */

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
CREATE TABLE IF NOT EXISTS part_checksums (
  upload TEXT NOT NULL,
  number INTEGER NOT NULL,
  checksums TEXT NOT NULL,
  PRIMARY KEY (upload, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS garbage (path TEXT PRIMARY KEY, due INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS garbage_by_due ON garbage(due);
CREATE TABLE IF NOT EXISTS bucket (one INTEGER PRIMARY KEY, created INTEGER NOT NULL) WITHOUT ROWID;
`;

/**
 * Make the tables, and note when that was first done.
 * @param {SqlStorage} sql
 */
export function create(sql) {
  sql.exec(TABLES);
  sql.exec("INSERT OR IGNORE INTO bucket VALUES (1, ?)", Date.now());
}

/**
 * A row as the object it describes.
 * @param {ObjectRow} row
 * @returns {StoredObject}
 */
export function objectOf(row) {
  const { storage_class: storageClass, http, custom, checksums, files, ...plain } = row;
  return {
    ...plain,
    storageClass,
    http: textsOf(http),
    custom: textsOf(custom),
    checksums: textsOf(checksums),
    files: filesOf(files),
  };
}

/**
 * The files that a row names.
 * @param {string} text
 * @returns {File[]}
 */
export const filesOf = (text) => /** @type {File[]} */ (JSON.parse(text));

/**
 * The named texts that a row holds as JSON.
 * @param {string} text
 */
export const textsOf = (text) => /** @type {Record<string, string>} */ (JSON.parse(text));

/**
 * @param {SqlStorage} sql
 * @param {StoredObject} object
 */
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
