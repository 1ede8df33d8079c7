// One bucket: its index in SQLite, and the clearing away of contents that nothing names any more.
//
// A content is written before its object is committed. So that a crash between the two leaves no
// file for ever, its path is reserved first: it counts as garbage until the commit claims it.

/** @import { Condition } from "./conditions.mjs" */
/** @import { LifecycleRule } from "./lifecycle.mjs" */
/** @import { Options } from "./listing.mjs" */
/** @import { ObjectRow, StoredObject } from "./schema.mjs" */
/** @import { ChosenPart, NewUpload, Part, UploadsAsked } from "./uploads.mjs" */

import { DurableObject } from "cloudflare:workers";
import * as blobs from "./blobs.mjs";
import { holds } from "./conditions.mjs";
import { refuse } from "./errors.mjs";
import { apply } from "./lifecycle.mjs";
import { page } from "./listing.mjs";
import { Uploads } from "./uploads.mjs";
import { create, filesOf, objectOf, saveObject } from "./schema.mjs";

const RESERVED_MS = 24 * 60 * 60 * 1000;
const GRACE_MS = 10 * 60 * 1000; // readers of a replaced object finish meanwhile
const SWEEP = 200;

export class Bucket extends DurableObject {
  /**
   * @param {DurableObjectState} ctx
   * @param {Cloudflare.Env} env
   */
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    create(this.sql);
    this.uploads = new Uploads(this);
    this.#wake();
  }

  /**
   * The object, if there is one and the condition holds for it.
   * @param {string} key
   * @param {Condition} [onlyIf]
   */
  find(key, onlyIf) {
    const object = this.get(key);
    if (object === undefined) return refuse("NoSuchKey");
    return holds(onlyIf, object) ? object : refuse("PreconditionFailed", object);
  }

  /** A path to write a content to; it has to be committed within a day. */
  reserve() {
    const path = blobs.newPath(this.ctx.id.toString());
    this.discard([path], RESERVED_MS);
    return path;
  }

  /**
   * @param {StoredObject} object
   * @param {Condition} [onlyIf]
   */
  commit(object, onlyIf) {
    return this.ctx.storage.transactionSync(() => {
      const old = this.get(object.key);
      if (!holds(onlyIf, old)) return refuse("PreconditionFailed");
      this.replace(object);
      return object;
    });
  }

  /** @param {string[]} keys */
  remove(keys) {
    this.ctx.storage.transactionSync(() => {
      for (const key of keys) this.drop(key);
    });
  }

  /** @param {Options} options */
  list(options) {
    return page(({ from, strictly }, end, count) => {
      const query = `SELECT * FROM objects WHERE key ${strictly ? ">" : ">="} ? AND (? IS NULL OR key < ?) ORDER BY key LIMIT ?`;
      /** @type {SqlStorageCursor<ObjectRow>} */
      const found = this.sql.exec(query, from, end, end, count);
      return found.toArray().map(objectOf);
    }, options);
  }

  /** @param {NewUpload} upload */
  createUpload(upload) {
    this.uploads.create(upload);
  }

  /**
   * @param {string} upload
   * @param {string} key
   * @param {Part} part
   */
  putPart(upload, key, part) {
    return this.ctx.storage.transactionSync(() => this.uploads.putPart(upload, key, part));
  }

  /**
   * @param {string} upload
   * @param {string} key
   * @param {ChosenPart[]} parts
   * @param {string} version
   */
  completeUpload(upload, key, parts, version) {
    return this.ctx.storage.transactionSync(() => this.uploads.complete(upload, key, parts, version));
  }

  /**
   * @param {string} upload
   * @param {string} key
   */
  abortUpload(upload, key) {
    return this.ctx.storage.transactionSync(() => this.uploads.abort(upload, key));
  }

  /** @param {UploadsAsked} asked */
  listUploads(asked) {
    return this.uploads.list(asked);
  }

  /**
   * @param {string} upload
   * @param {string} key
   */
  listParts(upload, key) {
    return this.uploads.parts(upload, key);
  }

  usage() {
    /** @type {SqlStorageCursor<{ objects: number, bytes: number, uploads: number }>} */
    const found = this.sql.exec(
      `SELECT count(*) AS objects, coalesce(sum(size), 0) AS bytes, (SELECT count(*) FROM uploads) AS uploads FROM objects`,
    );
    return found.one();
  }

  /** When the bucket was first used, in milliseconds. */
  created() {
    /** @type {SqlStorageCursor<{ created: number }>} */
    const found = this.sql.exec("SELECT created FROM bucket");
    return found.one().created;
  }

  /**
   * @param {LifecycleRule[]} rules
   * @param {number} now in milliseconds
   */
  applyLifecycle(rules, now) {
    return this.ctx.storage.transactionSync(() => apply(this, rules, now));
  }

  /** @param {string} key */
  get(key) {
    /** @type {SqlStorageCursor<ObjectRow>} */
    const found = this.sql.exec("SELECT * FROM objects WHERE key = ?", key);
    const [row] = found.toArray();
    return row && objectOf(row);
  }

  /** @param {StoredObject} object */
  replace(object) {
    this.drop(object.key);
    for (const { path } of object.files) this.sql.exec("DELETE FROM garbage WHERE path = ?", path);
    saveObject(this.sql, object);
  }

  /** @param {string} key */
  drop(key) {
    /** @type {SqlStorageCursor<{ files: string }>} */
    const found = this.sql.exec("DELETE FROM objects WHERE key = ? RETURNING files", key);
    for (const { files } of found.toArray()) this.discard(filesOf(files).map(({ path }) => path));
  }

  /**
   * Have contents cleared away after a while.
   * @param {string[]} paths
   * @param {number} [wait] in milliseconds
   */
  discard(paths, wait = GRACE_MS) {
    const due = Date.now() + wait;
    for (const path of paths) this.sql.exec("INSERT OR REPLACE INTO garbage VALUES (?, ?)", path, due);
    if (paths.length > 0) this.#wake();
  }

  /** @override */
  async alarm() {
    /** @type {SqlStorageCursor<{ path: string }>} */
    const due = this.sql.exec("SELECT path FROM garbage WHERE due <= ? LIMIT ?", Date.now(), SWEEP);
    for (const { path } of due.toArray()) {
      await blobs.remove(this.env.BLOBS, path);
      this.sql.exec("DELETE FROM garbage WHERE path = ?", path);
    }
    this.#wake();
  }

  #wake() {
    /** @type {SqlStorageCursor<{ next: number | null }>} */
    const found = this.sql.exec("SELECT min(due) AS next FROM garbage");
    const { next } = found.one();
    if (next !== null) void this.ctx.storage.setAlarm(Math.max(next, Date.now()));
  }
}
