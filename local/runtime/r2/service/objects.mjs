// The operations on a bucket, whoever asks: the Workers binding, S3, the public host, the admin.

/** @import { DigestName } from "./blobs.mjs" */
/** @import { Condition } from "./conditions.mjs" */
/** @import { CorsRule } from "./cors.mjs" */
/** @import { LifecycleRule } from "./lifecycle.mjs" */
/** @import { Options } from "./listing.mjs" */
/** @import { Range } from "./ranges.mjs" */
/** @import { StorageClass, StoredObject } from "./schema.mjs" */
/** @import { ChosenPart, UploadsAsked } from "./uploads.mjs" */

/**
 * What a bucket was set to.
 * @typedef {object} Settings
 * @property {CorsRule[]} cors
 * @property {LifecycleRule[]} lifecycle
 * @property {StorageClass} storageClass of objects whose writer names none
 * @property {boolean} public
 */

/**
 * What an object has beside its contents.
 * @typedef {object} Metadata
 * @property {Record<string, string>} [http]
 * @property {Record<string, string>} [custom]
 * @property {string | undefined} [storageClass]
 */

/**
 * How contents are received.
 * @typedef {object} Received
 * @property {number} size in bytes
 * @property {Partial<Record<DigestName, string>>} [expected] digests in hex that the contents must have
 * @property {(() => void) | undefined} [verify] called before the object appears; throws to refuse it
 * @property {() => Record<string, string>} [checksums] of a part, in base64; called when all of it was read
 */

import { env } from "cloudflare:workers";
import * as blobs from "./blobs.mjs";
import { R2Error, accept } from "./errors.mjs";
import * as limits from "./limits.mjs";
import { isCursor } from "./listing.mjs";

/** @param {number} bytes */
const identifier = (bytes) =>
  [...crypto.getRandomValues(new Uint8Array(bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

export class Objects {
  #store;
  #settings;

  /**
   * The bucket `name`; throws NoSuchBucket.
   * @param {string} name
   */
  static named(name) {
    const settings = Object.hasOwn(env.BUCKETS, name) ? env.BUCKETS[name] : undefined;
    if (settings === undefined) throw new R2Error("NoSuchBucket");
    return new Objects(env.STORE.get(env.STORE.idFromName(name)), settings);
  }

  /**
   * @param {Cloudflare.Env["STORE"] extends DurableObjectNamespace<infer B> ? DurableObjectStub<B> : never} store
   * @param {Settings} settings
   */
  constructor(store, settings) {
    this.#store = store;
    this.#settings = settings;
  }

  get settings() {
    return this.#settings;
  }

  /**
   * The object, or a thrown NoSuchKey or PreconditionFailed (which carries the object).
   * @param {string} key
   * @param {Condition} [onlyIf]
   * @returns {Promise<StoredObject>}
   */
  async head(key, onlyIf) {
    return accept(await this.#store.find(key, onlyIf));
  }

  /**
   * Bytes of an object as a stream, behind `front`.
   * @param {StoredObject} object
   * @param {Range} part
   * @param {Uint8Array} [front]
   */
  read(object, part, front) {
    return blobs.read(env.BLOBS, object.files, part, front);
  }

  /**
   * Store `body` as the object `key`.
   * @param {string} key
   * @param {ReadableStream | null} body
   * @param {Metadata & Received & { onlyIf?: Condition | undefined }} options
   * @returns {Promise<StoredObject>}
   */
  async put(key, body, options) {
    const { http = {}, custom = {}, storageClass, onlyIf } = options;
    limits.checkKey(key);
    limits.checkMetadata(custom);
    const chosen = this.#storageClass(storageClass);
    const { path, etag, checksums } = await this.#write(body, options);
    /** @type {StoredObject} */
    const object = {
      key,
      version: identifier(16),
      size: options.size,
      etag,
      uploaded: Date.now(),
      http,
      custom,
      checksums,
      storageClass: chosen,
      files: [{ path, size: options.size }],
    };
    return accept(await this.#store.commit(object, onlyIf));
  }

  /**
   * A copy of the contents of `from`, an object of `source`, as a new object.
   * @param {string} key
   * @param {Objects} source
   * @param {StoredObject} from
   * @param {Metadata} metadata
   */
  async copy(key, source, from, metadata) {
    const body = source.read(from, { offset: 0, length: from.size });
    return this.put(key, body, { ...metadata, size: from.size });
  }

  /** @param {string[]} keys */
  async delete(keys) {
    keys.forEach(limits.checkKey);
    await this.#store.remove(keys);
  }

  /**
   * A page of objects.
   * @param {{ [name in keyof Options]?: Options[name] | undefined }} options
   */
  async list({ limit = limits.MAX_LIST, prefix = "", delimiter = "", cursor, startAfter }) {
    if (!Number.isInteger(limit) || limit < 1 || limit > limits.MAX_LIST) throw new R2Error("InvalidMaxKeys");
    if (cursor !== undefined && !isCursor(cursor)) throw new R2Error("InvalidArgument", "The cursor is not valid.");
    return this.#store.list({ limit, prefix, delimiter, cursor, startAfter });
  }

  /**
   * @param {string} key
   * @param {Metadata} metadata
   */
  async createUpload(key, { http = {}, custom = {}, storageClass }) {
    limits.checkKey(key);
    limits.checkMetadata(custom);
    const id = identifier(32);
    await this.#store.createUpload({ id, key, http, custom, storageClass: this.#storageClass(storageClass) });
    return id;
  }

  /**
   * @param {string} key
   * @param {string} upload
   * @param {number} number
   * @param {ReadableStream | null} body
   * @param {Received} options
   */
  async uploadPart(key, upload, number, body, options) {
    limits.checkPartNumber(number);
    const { path, etag } = await this.#write(body, options);
    const part = { number, etag, size: options.size, path, checksums: options.checksums?.() ?? {} };
    return accept(await this.#store.putPart(upload, key, part));
  }

  /**
   * @param {string} key
   * @param {string} upload
   * @param {ChosenPart[]} parts
   * @returns {Promise<StoredObject>}
   */
  async completeUpload(key, upload, parts) {
    return accept(await this.#store.completeUpload(upload, key, parts, identifier(16)));
  }

  /**
   * @param {string} key
   * @param {string} upload
   */
  async abortUpload(key, upload) {
    return accept(await this.#store.abortUpload(upload, key));
  }

  /**
   * @param {string} key
   * @param {string} upload
   */
  async listParts(key, upload) {
    return accept(await this.#store.listParts(upload, key));
  }

  /** @param {Partial<UploadsAsked>} [asked] */
  async listUploads({ prefix = "", key = "", id = null, limit = limits.MAX_LIST } = {}) {
    return this.#store.listUploads({ prefix, key, id, limit });
  }

  async usage() {
    return this.#store.usage();
  }

  async created() {
    return this.#store.created();
  }

  /** @param {number} now in milliseconds */
  async applyLifecycle(now) {
    return this.#store.applyLifecycle(this.#settings.lifecycle, now);
  }

  /** @param {string | undefined} name */
  #storageClass(name) {
    return limits.storageClassOf(name ? name : this.#settings.storageClass);
  }

  /**
   * @param {ReadableStream | null} body
   * @param {Received} options
   */
  async #write(body, { size, expected = {}, verify }) {
    limits.checkSize(size);
    const path = await this.#store.reserve();
    const asked = /** @type {DigestName[]} */ (Object.keys(expected));
    const names = [...new Set([.../** @type {const} */ (["md5"]), ...asked])];
    const checksums = await blobs.write(env.BLOBS, path, body, names);
    for (const [name, value] of Object.entries(expected)) {
      const actual = checksums[name] ?? "";
      if (actual !== value) throw new R2Error("BadDigest", mismatch(name, value, actual));
    }
    verify?.();
    return { path, etag: checksums["md5"] ?? "", checksums };
  }
}

/** @type {(name: string, provided: string, actual: string) => string} */
const mismatch = (name, provided, actual) =>
  `The ${name.toUpperCase()} checksum you specified did not match what we received.\n` +
  `You provided a ${name.toUpperCase()} checksum with value: ${provided}\nActual ${name.toUpperCase()} was: ${actual}`;
