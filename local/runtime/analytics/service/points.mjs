// All points of the account, in SQLite: a row each, with the columns that the SQL API has.

import { DurableObject } from "cloudflare:workers";

const FIELDS = Array.from({ length: 20 }, (_, place) => place + 1);
const BLOBS = FIELDS.map((number) => `blob${number}`);
const DOUBLES = FIELDS.map((number) => `double${number}`);
const COLUMNS = ["dataset", "timestamp", "index1", "_sample_interval", ...BLOBS, ...DOUBLES];
const TABLE = `
CREATE TABLE IF NOT EXISTS points (
  dataset TEXT NOT NULL,
  timestamp INTEGER NOT NULL,
  index1 TEXT NOT NULL,
  _sample_interval INTEGER NOT NULL,
  ${BLOBS.map((name) => `${name} TEXT NOT NULL`).join(", ")},
  ${DOUBLES.map((name) => `${name} REAL`).join(", ")}
);
CREATE INDEX IF NOT EXISTS by_time ON points (dataset, timestamp);
`;
const INSERT = `INSERT INTO points VALUES (${COLUMNS.map(() => "?").join(", ")})`;

const NANOSECONDS = 1_000_000_000n;
const DAY = 24 * 60 * 60;
const SWEEP_MS = 60 * 60 * 1000;

/**
 * A point as workerd sends it: texts as lists of bytes, the time in nanoseconds, NaN as text.
 * @typedef {Record<string, unknown> & { timestamp: string, index1?: unknown }} Sent
 */

/**
 * A point that was written to a dataset, as the JSON of one that was sent.
 * @typedef {{ dataset: string, point: string }} Written
 */

export class Points extends DurableObject {
  #swept = 0;

  /**
   * @param {DurableObjectState} ctx
   * @param {Cloudflare.Env} env
   */
  constructor(ctx, env) {
    super(ctx, env);
    ctx.storage.sql.exec(TABLE);
  }

  /**
   * Keep *points*, all or none of them.
   * @param {Written[]} points
   */
  keep(points) {
    for (const { dataset, point } of points) this.#insert(dataset, /** @type {Sent} */ (JSON.parse(point)));
    this.#sweep();
  }

  /**
   * @param {string} dataset
   * @param {Sent} point
   */
  #insert(dataset, point) {
    const seconds = Number(BigInt(point.timestamp) / NANOSECONDS);
    const values = [...BLOBS.map((name) => textOf(point[name])), ...DOUBLES.map((name) => numberOf(point[name]))];
    this.ctx.storage.sql.exec(INSERT, dataset, seconds, textOf(point.index1), 1, ...values);
  }

  /** Remove what is older than it is kept, now and then. */
  #sweep() {
    if (Date.now() - this.#swept < SWEEP_MS) return;
    this.#swept = Date.now();
    const oldest = Math.floor(Date.now() / 1000) - this.env.KEPT_DAYS * DAY;
    this.ctx.storage.sql.exec("DELETE FROM points WHERE timestamp < ?", oldest);
  }
}

const decoder = new TextDecoder();

/** @param {unknown} bytes */
const textOf = (bytes) => (Array.isArray(bytes) ? decoder.decode(Uint8Array.from(bytes)) : "");

/** @param {unknown} value a number, or "NaN" */
const numberOf = (value) => (typeof value === "number" ? value : value === undefined ? 0 : null);
