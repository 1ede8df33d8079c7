// Multipart uploads of a bucket. Every method runs within the caller's transaction.

import { createHash } from "node:crypto";
import { refuse } from "./errors.mjs";
import { MIN_PART_BYTES } from "./limits.mjs";

export class Uploads {
  #bucket;

  constructor(bucket) {
    this.#bucket = bucket;
  }

  get #sql() {
    return this.#bucket.sql;
  }

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

  find(id, key) {
    const [row] = this.#sql.exec("SELECT * FROM uploads WHERE id = ? AND key = ?", id, key).toArray();
    return row;
  }

  putPart(id, key, { number, etag, size, path }) {
    if (this.find(id, key) === undefined) return refuse("NoSuchUpload");
    const old = this.#sql.exec("SELECT path FROM parts WHERE upload = ? AND number = ?", id, number).toArray();
    this.#bucket.discard(old.map((part) => part.path));
    this.#sql.exec("DELETE FROM garbage WHERE path = ?", path);
    this.#sql.exec("INSERT OR REPLACE INTO parts VALUES (?, ?, ?, ?, ?, ?)", id, number, etag, size, Date.now(), path);
    return { etag };
  }

  parts(id, key) {
    const upload = this.find(id, key);
    if (upload === undefined) return refuse("NoSuchUpload");
    const parts = this.#sql.exec("SELECT * FROM parts WHERE upload = ? ORDER BY number", id).toArray();
    return { storageClass: upload.storage_class, parts };
  }

  list(prefix) {
    return this.#sql
      .exec(
        `SELECT id, key, created, storage_class AS storageClass FROM uploads
         WHERE substr(key, 1, length(?)) = ? ORDER BY key, created`,
        prefix,
        prefix,
      )
      .toArray();
  }

  complete(id, key, chosen, version) {
    const upload = this.find(id, key);
    if (upload === undefined) return refuse("NoSuchUpload");
    const parts = this.#chosen(id, chosen);
    const wrong = parts === undefined ? "InvalidPart" : sizesWrong(parts);
    if (wrong) return refuse(wrong);
    const object = joined(upload, parts, version);
    this.#bucket.replace(object);
    this.#forget(id, new Set(parts.map((part) => part.path)));
    return object;
  }

  abort(id, key) {
    if (this.find(id, key) === undefined) return refuse("NoSuchUpload");
    this.#forget(id, new Set());
    return {};
  }

  // The parts that were named, in order of their numbers; undefined when one of them is not there.
  #chosen(id, chosen) {
    const stored = this.#sql.exec("SELECT * FROM parts WHERE upload = ?", id).toArray();
    const byNumber = new Map(stored.map((part) => [part.number, part]));
    const parts = chosen.map(({ number }) => byNumber.get(number));
    const complete = parts.every((part, index) => part !== undefined && part.etag === chosen[index].etag);
    const distinct = new Set(chosen.map(({ number }) => number)).size === chosen.length;
    if (chosen.length === 0 || !complete || !distinct) return undefined;
    return parts.sort((a, b) => a.number - b.number);
  }

  #forget(id, kept) {
    const stored = this.#sql.exec("DELETE FROM parts WHERE upload = ? RETURNING path", id).toArray();
    this.#bucket.discard(stored.map(({ path }) => path).filter((path) => !kept.has(path)));
    this.#sql.exec("DELETE FROM uploads WHERE id = ?", id);
  }
}

// All parts but the last are equal, and of the least size or more.
function sizesWrong(parts) {
  const leading = parts.slice(0, -1);
  if (leading.some(({ size }) => size < MIN_PART_BYTES)) return "EntityTooSmall";
  const unequal = leading.some(({ size }) => size !== leading[0].size);
  const lastLonger = leading.length > 0 && parts.at(-1).size > leading[0].size;
  return unequal || lastLonger ? "UnequalParts" : undefined;
}

function joined(upload, parts, version) {
  const hash = createHash("md5");
  for (const { etag } of parts) hash.update(etag, "hex");
  return {
    key: upload.key,
    version,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: `${hash.digest("hex")}-${parts.length}`,
    uploaded: Date.now(),
    http: JSON.parse(upload.http),
    custom: JSON.parse(upload.custom),
    checksums: {},
    storageClass: upload.storage_class,
    files: parts.map(({ path, size }) => ({ path, size })),
  };
}
