// The operations on a bucket, whoever asks: the Workers binding, S3, the public host, the admin.
//
// An object is {key, version, size, etag, uploaded, http, custom, checksums, storageClass, files}.

import { env } from "cloudflare:workers";
import * as blobs from "./blobs.mjs";
import { R2Error, accept } from "./errors.mjs";
import * as limits from "./limits.mjs";
import { isCursor } from "./listing.mjs";

const identifier = (bytes) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export class Objects {
  #store;
  #settings;

  /** The bucket `name`; throws NoSuchBucket. */
  static named(name) {
    const settings = Object.hasOwn(env.BUCKETS, name) ? env.BUCKETS[name] : undefined;
    if (settings === undefined) throw new R2Error("NoSuchBucket");
    return new Objects(env.STORE.get(env.STORE.idFromName(name)), settings);
  }

  constructor(store, settings) {
    this.#store = store;
    this.#settings = settings;
  }

  get settings() {
    return this.#settings;
  }

  /** The object, or a thrown NoSuchKey or PreconditionFailed (which carries the object). */
  async head(key, onlyIf) {
    return accept(await this.#store.find(key, onlyIf));
  }

  /** Bytes `{offset, length}` of an object as a stream, behind `front`. */
  read(object, part, front) {
    return blobs.read(env.BLOBS, object.files, part, front);
  }

  /**
   * Store `body`, a stream of `size` bytes (or null). `expected` are digests in hex, by name, that it
   * must have; `verify`, when given, is awaited before the object appears.
   */
  async put(key, body, { size, http = {}, custom = {}, storageClass, expected = {}, onlyIf, verify }) {
    limits.checkKey(key);
    limits.checkMetadata(custom);
    const chosen = this.#storageClass(storageClass);
    const { path, checksums, stored } = await this.#write(body, size, expected, verify);
    const object = {
      key,
      version: identifier(16),
      size: stored,
      etag: checksums.md5,
      uploaded: Date.now(),
      http,
      custom,
      checksums,
      storageClass: chosen,
      files: [{ path, size: stored }],
    };
    return accept(await this.#store.commit(object, onlyIf));
  }

  /** A copy of `source`'s contents from another object, as a new object. */
  async copy(key, source, from, options) {
    const body = source.read(from, { offset: 0, length: from.size });
    return this.put(key, body, { ...options, size: from.size });
  }

  async delete(keys) {
    keys.forEach(limits.checkKey);
    await this.#store.remove(keys);
  }

  /** A page of `{objects, prefixes, cursor}`. */
  list({ limit = limits.MAX_LIST, cursor, ...options }) {
    if (!Number.isInteger(limit) || limit < 1 || limit > limits.MAX_LIST) throw new R2Error("InvalidMaxKeys");
    if (cursor !== undefined && !isCursor(cursor)) throw new R2Error("InvalidArgument", "The cursor is not valid.");
    return this.#store.list({ ...options, cursor, limit });
  }

  async createUpload(key, { http = {}, custom = {}, storageClass }) {
    limits.checkKey(key);
    limits.checkMetadata(custom);
    const id = identifier(32);
    await this.#store.createUpload({ id, key, http, custom, storageClass: this.#storageClass(storageClass) });
    return id;
  }

  async uploadPart(key, upload, number, body, { size, expected = {}, verify }) {
    limits.checkPartNumber(number);
    const { path, checksums, stored } = await this.#write(body, size, expected, verify);
    const part = { number, etag: checksums.md5, size: stored, path };
    return accept(await this.#store.putPart(upload, key, part));
  }

  /** `parts`: `[{number, etag}]` */
  async completeUpload(key, upload, parts) {
    return accept(await this.#store.completeUpload(upload, key, parts, identifier(16)));
  }

  async abortUpload(key, upload) {
    return accept(await this.#store.abortUpload(upload, key));
  }

  async listParts(key, upload) {
    return accept(await this.#store.listParts(upload, key));
  }

  listUploads(prefix = "") {
    return this.#store.listUploads(prefix);
  }

  usage() {
    return this.#store.usage();
  }

  created() {
    return this.#store.created();
  }

  applyLifecycle(now) {
    return this.#store.applyLifecycle(this.#settings.lifecycle, now);
  }

  #storageClass(name) {
    const chosen = name || this.#settings.storageClass;
    limits.checkStorageClass(chosen);
    return chosen;
  }

  async #write(body, size, expected, verify) {
    limits.checkSize(size);
    const path = await this.#store.reserve();
    const names = [...new Set(["md5", ...Object.keys(expected)])];
    const checksums = await blobs.write(env.BLOBS, path, body, names);
    for (const [name, value] of Object.entries(expected)) {
      if (checksums[name] !== value) throw new R2Error("BadDigest", mismatch(name, value, checksums[name]));
    }
    await verify?.();
    return { path, checksums, stored: size };
  }
}

const mismatch = (name, provided, actual) =>
  `The ${name.toUpperCase()} checksum you specified did not match what we received.\n` +
  `You provided a ${name.toUpperCase()} checksum with value: ${provided}\nActual ${name.toUpperCase()} was: ${actual}`;
