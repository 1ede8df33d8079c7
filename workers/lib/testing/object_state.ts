import type { Database } from "sql.js";

import { judgePlan } from "./plans";
import { bindAsObject } from "./sql";
import { rowsOf, SqliteDatabase, type Row } from "./sqlite";

// Nanoseconds in 63 bits, which is in 2262, whatever the message says.
const LAST_ALARM = 2 ** 63 / 1e6;

/**
 * What a Durable Object's state does, in memory: storage with its SQLite database, one alarm, sockets.
 * `tests/contract/object.json` holds it and the runtime to the same cases.
 */
export class FakeObjectState {
  readonly values = new Map<string, unknown>();
  readonly sockets: FakeSocket[] = [];
  /** When the alarm rings, in milliseconds since 1970. */
  alarm: number | undefined;
  /** Whether statements may read or change every row of a table: for who tests databases, not objects. */
  mayScan = false;
  private readonly background: Promise<unknown>[] = [];
  private opened: Database | undefined;

  /** *called*: by what its namespace finds it. Default: nobody asks. */
  constructor(private readonly called = "") {}

  get id(): { toString(): string } {
    return { toString: () => this.called };
  }

  readonly storage = {
    kv: {
      get: (key: string): unknown => structuredClone(this.values.get(key)),
      put: (key: string, value: unknown): void => {
        this.values.set(key, structuredClone(value));
      },
      delete: (key: string): boolean => this.values.delete(key),
      list: (): [string, unknown][] => structuredClone([...this.values].sort(([one], [other]) => (one < other ? -1 : 1))),
    },
    sql: {
      databaseSize: 4096,
      exec: (sql: string, ...values: unknown[]): { toArray(): Row[] } => {
        const rows = this.execute(sql, values);
        if (!this.mayScan) judgePlan(this.sqlite, sql);
        return { toArray: () => rows };
      },
    },
    transactionSync: <T>(act: () => T): T => {
      this.sqlite.exec("SAVEPOINT act");
      try {
        const done = act();
        this.sqlite.exec("RELEASE act");
        return done;
      } catch (error) {
        this.sqlite.exec("ROLLBACK TO act");
        this.sqlite.exec("RELEASE act");
        throw error;
      }
    },
    setAlarm: (time: number): Promise<void> => {
      if (time <= 0) throw new TypeError("setAlarm() cannot be called with an alarm time <= 0");
      if (time > LAST_ALARM) throw new Error("This API doesn't support dates after 2189.");
      this.alarm = Math.max(time, Date.now());
      return Promise.resolve();
    },
    getAlarm: (): Promise<number | null> => Promise.resolve(this.alarm ?? null),
    deleteAlarm: (): Promise<void> => {
      this.alarm = undefined;
      return Promise.resolve();
    },
    deleteAll: (): Promise<void> => {
      this.values.clear();
      this.opened = undefined;
      this.alarm = undefined;
      return Promise.resolve();
    },
  };

  private get sqlite(): Database {
    return (this.opened ??= new SqliteDatabase());
  }

  /** As the object sees it. */
  get binding(): DurableObjectState {
    return this as unknown as DurableObjectState;
  }

  /** Rows of *sql* in its database, for a test to look at. */
  rows(sql: string): Row[] {
    return this.execute(sql, []);
  }

  /** Several statements may come without values; the rows are those of the last. */
  private execute(sql: string, values: readonly unknown[]): Row[] {
    const statements = values.length === 0 ? sql.split(/;\s*/).filter((each) => each.trim() !== "") : [sql];
    const all = statements.map((each) => {
      const bound = bindAsObject(each, values);
      return rowsOf(this.sqlite, bound.sql, bound.values);
    });
    return all.at(-1) ?? [];
  }

  setWebSocketAutoResponse(): void {
    // The runtime answers by itself; there is none here.
  }

  /** When a socket was last answered by itself: never, but as a test has it. */
  getWebSocketAutoResponseTimestamp(socket: FakeSocket): Date | null {
    return socket.answered;
  }

  /** One that was closed here is among them until its client has answered, or has gone. */
  getWebSockets(): FakeSocket[] {
    return this.sockets.filter((socket) => !socket.gone);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.background.push(promise);
  }

  /** Until everything that was started in the background is done. */
  async settled(): Promise<void> {
    await Promise.all(this.background);
  }
}

// These stand for "no code", or for what the protocol itself has to say.
const RESERVED_CODES = [1004, 1005, 1006, 1015];
const MAX_REASON_BYTES = 123;

/**
 * One side of a WebSocket: what was sent to it, and how it was closed. `tests/contract/socket.json`
 * says with which codes it may be.
 */
export class FakeSocket {
  readonly sent: unknown[] = [];
  closed: { code: number; reason: string } | undefined;
  /** Whether its client has answered the close, or has gone. */
  gone = false;
  /** When the runtime last answered it by itself. */
  answered: Date | null = null;

  constructor(private attachment: unknown) {}

  /** As the object sees it. */
  get binding(): WebSocket {
    return this as unknown as WebSocket;
  }

  /** 1: open; 2: closed here, and no word of the client about it. */
  get readyState(): number {
    return this.closed === undefined ? 1 : 2;
  }

  send(text: string): void {
    if (this.closed !== undefined) throw new Error("closed");
    this.sent.push(JSON.parse(text));
  }

  close(code: number, reason: string): void {
    const isCode = code >= 1000 && code < 5000 && !RESERVED_CODES.includes(code);
    if (!isCode) throw new TypeError(`Invalid WebSocket close code: ${code}.`);
    if (new TextEncoder().encode(reason).byteLength > MAX_REASON_BYTES) throw new TypeError("The reason is too long.");
    this.closed = { code, reason };
  }

  deserializeAttachment(): unknown {
    return this.attachment;
  }

  serializeAttachment(attachment: unknown): void {
    this.attachment = structuredClone(attachment);
  }
}
