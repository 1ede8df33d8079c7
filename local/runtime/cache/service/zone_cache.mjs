// What is kept for one zone, in SQLite. Contents are cut into pieces, for a row has a size that it
// should not pass. Reading writes nothing, so that a hit waits for no disk; what makes room is
// therefore the oldest answer and not the one that was least asked for.

/** @import { Answer } from "./message.mjs" */

import { DurableObject } from "cloudflare:workers";
import { answered, missed } from "./answer.mjs";
import { lifetime, withoutPrivate } from "./freshness.mjs";
import { parse, readAtMost } from "./message.mjs";

const PIECE = 1024 * 1024;
const SMALL = 64 * 1024;
const TABLES = `
CREATE TABLE IF NOT EXISTS answers (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  cache TEXT NOT NULL,
  url TEXT NOT NULL,
  status INTEGER NOT NULL,
  reason TEXT NOT NULL,
  headers TEXT NOT NULL,
  size INTEGER NOT NULL,
  stored INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  UNIQUE (cache, url)
);
CREATE TABLE IF NOT EXISTS pieces (
  answer INTEGER NOT NULL REFERENCES answers(id) ON DELETE CASCADE,
  place INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  PRIMARY KEY (answer, place)
);
`;

/**
 * A row of `answers`; times are milliseconds, headers JSON.
 * @typedef {{
 *   id: number, cache: string, url: string, status: number, reason: string, headers: string,
 *   size: number, stored: number, expires: number,
 * }} Row
 */

/**
 * A small answer with its body.
 * @typedef {Row & { body: Uint8Array<ArrayBuffer> }} Kept
 */

export class ZoneCache extends DurableObject {
  /**
   * @param {DurableObjectState} ctx
   * @param {Cloudflare.Env} env
   */
  constructor(ctx, env) {
    super(ctx, env);
    this.sql = ctx.storage.sql;
    this.sql.exec(TABLES);
  }

  /**
   * @param {Request} request
   * @override
   */
  async fetch(request) {
    const cache = request.headers.get("cf-cache-namespace") ?? "";
    switch (request.method) {
      case "PUT":
        return this.#put(cache, request);
      case "PURGE":
        return new Response(null, { status: this.#drop(cache, request.url) ? 200 : 404 });
      default:
        return this.#match(cache, request);
    }
  }

  /**
   * @param {string} cache
   * @param {Request} request
   */
  #match(cache, request) {
    const row = this.#find(cache, request.url);
    if (row === undefined) return missed();
    return answered(row, request.headers, (from, to) => this.#read(row.id, from, to));
  }

  /**
   * Return an answer with its body, where that is small enough for a memory; `undefined` where there is none.
   * @param {string} cache
   * @param {string} url
   * @returns {Row | Kept | undefined}
   */
  look(cache, url) {
    const row = this.#find(cache, url);
    return row === undefined || row.size > SMALL ? row : { ...row, body: this.#read(row.id, 0, row.size) };
  }

  /**
   * Whatever comes of it, the worker is told that it was put: so does the real one.
   * @param {string} cache
   * @param {Request} request
   */
  async #put(cache, request) {
    const bytes = await readAtMost(request.body, this.env.LIMITS.answer);
    const answer = bytes && parse(bytes);
    const seconds = answer ? lifetime(answer.status, answer.headers, Date.now()) : 0;
    if (answer === undefined || seconds <= 0) return new Response(null, { status: 413 });
    this.ctx.storage.transactionSync(() => {
      this.#keep(cache, request.url, answer, seconds);
    });
    return new Response(null, { status: 204 });
  }

  /**
   * @param {string} cache
   * @param {string} url
   * @param {Answer} answer
   * @param {number} seconds
   */
  #keep(cache, url, { status, reason, headers, body }, seconds) {
    this.#drop(cache, url);
    this.#makeRoom(body.byteLength);
    const now = Date.now();
    /** @type {SqlStorageCursor<{ id: number }>} */
    const made = this.sql.exec(
      "INSERT INTO answers (cache, url, status, reason, headers, size, stored, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
      cache,
      url,
      status,
      reason,
      JSON.stringify([...withoutPrivate(headers)]),
      body.byteLength,
      now,
      now + seconds * 1000,
    );
    const { id } = made.one();
    for (let place = 0; place * PIECE < body.byteLength; place += 1) {
      const piece = body.slice(place * PIECE, (place + 1) * PIECE);
      this.sql.exec("INSERT INTO pieces VALUES (?, ?, ?)", id, place, piece.buffer);
    }
  }

  /** @param {number} size */
  #makeRoom(size) {
    this.sql.exec("DELETE FROM answers WHERE expires <= ?", Date.now());
    /** @type {SqlStorageCursor<{ id: number, size: number }>} */
    const kept = this.sql.exec("SELECT id, size FROM answers ORDER BY id DESC");
    let room = this.env.LIMITS.zone - size;
    for (const row of kept.toArray()) {
      room -= row.size;
      if (room < 0) this.sql.exec("DELETE FROM answers WHERE id = ?", row.id);
    }
  }

  /**
   * @param {string} cache
   * @param {string} url
   * @returns {Row | undefined} what is there and fresh
   */
  #find(cache, url) {
    /** @type {SqlStorageCursor<Row>} */
    const found = this.sql.exec(
      "SELECT * FROM answers WHERE cache = ? AND url = ? AND expires > ?",
      cache,
      url,
      Date.now(),
    );
    return found.toArray()[0];
  }

  /**
   * @param {string} cache
   * @param {string} url
   * @returns {boolean} whether something fresh was there
   */
  #drop(cache, url) {
    const fresh = this.#find(cache, url) !== undefined;
    this.sql.exec("DELETE FROM answers WHERE cache = ? AND url = ?", cache, url);
    return fresh;
  }

  /**
   * The bytes `from` to `to`, the end not included.
   * @param {number} id
   * @param {number} from
   * @param {number} to
   */
  #read(id, from, to) {
    const read = new Uint8Array(to - from);
    /** @type {SqlStorageCursor<{ place: number, bytes: ArrayBuffer }>} */
    const pieces = this.sql.exec(
      "SELECT place, bytes FROM pieces WHERE answer = ? AND place BETWEEN ? AND ?",
      id,
      Math.floor(from / PIECE),
      Math.floor(to / PIECE),
    );
    for (const { place, bytes } of pieces) {
      const start = place * PIECE;
      const piece = new Uint8Array(bytes).subarray(Math.max(from - start, 0), to - start);
      read.set(piece, Math.max(start - from, 0));
    }
    return read;
  }
}
