// Multipart uploads of a bucket. Every method runs within the caller's transaction.

/** @import { Bucket } from "./bucket.mjs" */
/** @import { ErrorName } from "./errors.mjs" */
/** @import { PartRow, StorageClass, StoredObject, UploadRow } from "./schema.mjs" */

import { createHash } from "node:crypto";
import { refuse } from "./errors.mjs";
import { MIN_PART_BYTES } from "./limits.mjs";
import { textsOf } from "./schema.mjs";

/**
 * An upload as it begins.
 * @typedef {object} NewUpload
 * @property {string} id
 * @property {string} key
 * @property {Record<string, string>} http
 * @property {Record<string, string>} custom
 * @property {StorageClass} storageClass
 */

/** `checksums` by algorithm, in base64. @typedef {{ number: number, etag: string, size: number, path: string, checksums: Record<string, string> }} Part */

/** A part as a client names it. @typedef {{ number: number, etag: string, checksums?: Record<string, string> }} ChosenPart */

/** @typedef {{ id: string, key: string, created: number, storageClass: StorageClass }} ListedUpload */

/**
 * Which uploads are asked for: those behind `id` of `key`; where `id` is null, behind all of `key`.
 * @typedef {{ prefix: string, key: string, id: string | null, limit: number }} UploadsAsked
 */

export class Uploads {
  #bucket;

  /** @param {Bucket} bucket */
  constructor(bucket) {
    this.#bucket = bucket;
  }

  get #sql() {
    return this.#bucket.sql;
  }

  /** @param {NewUpload} upload */
  create({ id, key, http, custom, storageClass }) {
    this.#sql.exec(
      "INSERT INTO uploads VALUES (?, ?, ?, ?, ?, ?)",
      id,
      key,
      Date.now(),
      JSON.stringify(http),
      JSON.stringify(custom),
      storageClass,
    );
  }

  /**
   * @param {string} id
   * @param {string} key
   */
  find(id, key) {
    /** @type {SqlStorageCursor<UploadRow>} */
    const found = this.#sql.exec("SELECT * FROM uploads WHERE id = ? AND key = ?", id, key);
    return found.toArray().at(0);
  }

  /**
   * @param {string} id
   * @param {string} key
   * @param {Part} part
   */
  putPart(id, key, { number, etag, size, path, checksums }) {
    if (this.find(id, key) === undefined) return refuse("NoSuchUpload");
    /** @type {SqlStorageCursor<{ path: string }>} */
    const old = this.#sql.exec("SELECT path FROM parts WHERE upload = ? AND number = ?", id, number);
    this.#bucket.discard(old.toArray().map((part) => part.path));
    this.#sql.exec("DELETE FROM garbage WHERE path = ?", path);
    this.#sql.exec("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)", id, number, etag, size, Date.now(), path);
    this.#sql.exec("INSERT OR REPLACE INTO part_checksums VALUES (?, ?, ?)", id, number, JSON.stringify(checksums));
    return { etag };
  }

  /**
   * @param {string} id
   * @param {string} key
   */
  parts(id, key) {
    const upload = this.find(id, key);
    if (upload === undefined) return refuse("NoSuchUpload");
    /** @type {SqlStorageCursor<PartRow>} */
    const parts = this.#sql.exec("SELECT * FROM parts WHERE upload = ? ORDER BY number", id);
    return { storageClass: upload.storage_class, parts: parts.toArray() };
  }

  /**
   * The uploads behind a key, or behind one upload of it, in the order of keys and ids.
   * @param {UploadsAsked} asked
   */
  list({ prefix, key, id, limit }) {
    const query = `SELECT id, key, created, storage_class AS storageClass FROM uploads
      WHERE substr(key, 1, length(?)) = ? AND (key > ? OR (key = ? AND id > ?)) ORDER BY key, id LIMIT ?`;
    /** @type {SqlStorageCursor<ListedUpload>} */
    const found = this.#sql.exec(query, prefix, prefix, key, key, id, limit);
    return found.toArray();
  }

  /**
   * @param {string} id
   * @param {string} key
   * @param {ChosenPart[]} chosen
   * @param {string} version
   */
  complete(id, key, chosen, version) {
    const upload = this.find(id, key);
    if (upload === undefined) return refuse("NoSuchUpload");
    const parts = this.#chosen(id, chosen);
    if (parts === undefined) return refuse("InvalidPart");
    const wrong = sizesWrong(parts);
    if (wrong) return refuse(wrong);
    const object = joined(upload, parts, version);
    this.#bucket.replace(object);
    this.#forget(id, new Set(parts.map((part) => part.path)));
    return object;
  }

  /**
   * @param {string} id
   * @param {string} key
   */
  abort(id, key) {
    if (this.find(id, key) === undefined) return refuse("NoSuchUpload");
    this.#forget(id, new Set());
    return {};
  }

  /**
   * The parts that were named, in order of their numbers; undefined when one of them is not there.
   * @param {string} id
   * @param {ChosenPart[]} chosen
   */
  #chosen(id, chosen) {
    /** @type {SqlStorageCursor<PartRow>} */
    const stored = this.#sql.exec("SELECT * FROM parts WHERE upload = ?", id);
    const byNumber = new Map(stored.toArray().map((part) => [part.number, part]));
    const parts = chosen.flatMap(({ number, etag, checksums = {} }) => {
      const part = byNumber.get(number);
      return part?.etag === etag && this.#has(id, number, checksums) ? [part] : [];
    });
    const distinct = new Set(chosen.map(({ number }) => number)).size === chosen.length;
    if (chosen.length === 0 || parts.length < chosen.length || !distinct) return undefined;
    return parts.sort((a, b) => a.number - b.number);
  }

  /**
   * Whether a part was stored with all of these checksums.
   * @param {string} id
   * @param {number} number
   * @param {Record<string, string>} checksums
   */
  #has(id, number, checksums) {
    const query = "SELECT checksums FROM part_checksums WHERE upload = ? AND number = ?";
    /** @type {SqlStorageCursor<{ checksums: string }>} */
    const found = this.#sql.exec(query, id, number);
    const stored = textsOf(found.toArray().at(0)?.checksums ?? "{}");
    return Object.entries(checksums).every(([kind, value]) => stored[kind] === value);
  }

  /**
   * @param {string} id
   * @param {Set<string>} kept paths of contents that an object has now
   */
  #forget(id, kept) {
    /** @type {SqlStorageCursor<{ path: string }>} */
    const stored = this.#sql.exec("DELETE FROM parts WHERE upload = ? RETURNING path", id);
    const paths = stored.toArray().map(({ path }) => path);
    this.#bucket.discard(paths.filter((path) => !kept.has(path)));
    this.#sql.exec("DELETE FROM part_checksums WHERE upload = ?", id);
    this.#sql.exec("DELETE FROM uploads WHERE id = ?", id);
  }
}

/**
 * What is wrong with the sizes: all parts but the last are equal, and of the least size or more.
 * @param {PartRow[]} parts
 * @returns {ErrorName | undefined}
 */
function sizesWrong(parts) {
  const sizes = parts.map(({ size }) => size);
  const last = sizes.pop() ?? 0;
  const [first] = sizes;
  if (first === undefined) return undefined;
  if (sizes.some((size) => size < MIN_PART_BYTES)) return "EntityTooSmall";
  return last > first || sizes.some((size) => size !== first) ? "UnequalParts" : undefined;
}

/**
 * @param {UploadRow} upload
 * @param {PartRow[]} parts
 * @param {string} version
 * @returns {StoredObject}
 */
function joined(upload, parts, version) {
  const hash = createHash("md5");
  for (const { etag } of parts) hash.update(etag, "hex");
  return {
    key: upload.key,
    version,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: `${hash.digest("hex")}-${parts.length}`,
    uploaded: Date.now(),
    http: textsOf(upload.http),
    custom: textsOf(upload.custom),
    checksums: {},
    storageClass: upload.storage_class,
    files: parts.map(({ path, size }) => ({ path, size })),
  };
}
