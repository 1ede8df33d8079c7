// One bucket: its index in SQLite, and the clearing away of contents that nothing names any more.
//
// A content is written before its object is committed. So that a crash between the two leaves no
// file for ever, its path is reserved first: it counts as garbage until the commit claims it.

import { DurableObject } from "cloudflare:workers";
import * as blobs from "./blobs.mjs";
import { holds } from "./conditions.mjs";
import { refuse } from "./errors.mjs";
import { apply } from "./lifecycle.mjs";
import { page } from "./listing.mjs";
import { Uploads } from "./uploads.mjs";
import { create, objectOf, saveObject } from "./schema.mjs";

const RESERVED_MS = 24 * 60 * 60 * 1000;
const GRACE_MS = 10 * 60 * 1000; // readers of a replaced object finish meanwhile
const SWEEP = 200;

export class Bucket extends DurableObject {
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    create(this.sql);
    this.uploads = new Uploads(this);
    this.#wake();
  }

  find(key, onlyIf) {
    const object = this.get(key);
    if (object === undefined) return refuse("NoSuchKey");
    return holds(onlyIf, object) ? object : refuse("PreconditionFailed", { object });
  }

  /** A path to write a content to; it has to be committed within a day. */
  reserve() {
    const path = blobs.newPath(this.ctx.id.toString());
    this.discard([path], RESERVED_MS);
    return path;
  }

  commit(object, onlyIf) {
    return this.ctx.storage.transactionSync(() => {
      const old = this.get(object.key);
      if (!holds(onlyIf, old)) return refuse("PreconditionFailed");
      this.replace(object);
      return object;
    });
  }

  remove(keys) {
    this.ctx.storage.transactionSync(() => {
      for (const key of keys) this.drop(key);
    });
  }

  list(options) {
    return page(
      (from, strictly, end, count) =>
        this.sql
          .exec(
            `SELECT * FROM objects WHERE key ${strictly ? ">" : ">="} ? AND (? IS NULL OR key < ?) ORDER BY key LIMIT ?`,
            from,
            end,
            end,
            count,
          )
          .toArray()
          .map(objectOf),
      options,
    );
  }

  createUpload(upload) {
    return this.uploads.create(upload);
  }

  putPart(upload, key, part) {
    return this.ctx.storage.transactionSync(() => this.uploads.putPart(upload, key, part));
  }

  completeUpload(upload, key, parts, version) {
    return this.ctx.storage.transactionSync(() => this.uploads.complete(upload, key, parts, version));
  }

  abortUpload(upload, key) {
    return this.ctx.storage.transactionSync(() => this.uploads.abort(upload, key));
  }

  listUploads(prefix) {
    return this.uploads.list(prefix);
  }

  listParts(upload, key) {
    return this.uploads.parts(upload, key);
  }

  usage() {
    const [objects] = this.sql.exec("SELECT count(*) AS n, coalesce(sum(size), 0) AS bytes FROM objects").toArray();
    const { n: uploads } = this.sql.exec("SELECT count(*) AS n FROM uploads").one();
    return { objects: objects.n, bytes: objects.bytes, uploads };
  }

  /** When the bucket was first used, in milliseconds. */
  created() {
    return this.sql.exec("SELECT created FROM bucket").one().created;
  }

  applyLifecycle(rules, now) {
    return this.ctx.storage.transactionSync(() => apply(this, rules, now));
  }

  get(key) {
    const [row] = this.sql.exec("SELECT * FROM objects WHERE key = ?", key).toArray();
    return row && objectOf(row);
  }

  replace(object) {
    this.drop(object.key);
    for (const { path } of object.files) this.sql.exec("DELETE FROM garbage WHERE path = ?", path);
    saveObject(this.sql, object);
  }

  drop(key) {
    const [row] = this.sql.exec("DELETE FROM objects WHERE key = ? RETURNING files", key).toArray();
    if (row) this.discard(JSON.parse(row.files).map(({ path }) => path));
  }

  discard(paths, wait = GRACE_MS) {
    const due = Date.now() + wait;
    for (const path of paths) this.sql.exec("INSERT OR REPLACE INTO garbage VALUES (?, ?)", path, due);
    if (paths.length > 0) this.#wake();
  }

  async alarm() {
    const due = this.sql.exec("SELECT path FROM garbage WHERE due <= ? LIMIT ?", Date.now(), SWEEP).toArray();
    for (const { path } of due) {
      await blobs.remove(this.env.BLOBS, path);
      this.sql.exec("DELETE FROM garbage WHERE path = ?", path);
    }
    this.#wake();
  }

  #wake() {
    const { next } = this.sql.exec("SELECT min(due) AS next FROM garbage").one();
    if (next !== null) this.ctx.storage.setAlarm(Math.max(next, Date.now()));
  }
}
