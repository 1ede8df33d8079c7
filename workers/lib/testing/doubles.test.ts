import { describe, expect, it } from "vitest";

import d1Cases from "../../../tests/contract/d1.json" with { type: "json" };
import kvCases from "../../../tests/contract/kv.json" with { type: "json" };
import objectCases from "../../../tests/contract/object.json" with { type: "json" };
import r2Cases from "../../../tests/contract/r2.json" with { type: "json" };
import socketCases from "../../../tests/contract/socket.json" with { type: "json" };
import { FakeD1 } from "./d1";
import { FakeKv } from "./kv";
import { FakeObjectState, FakeSocket } from "./object_state";
import { costlyStatements } from "./plans";
import { FakeR2 } from "./r2";

// The same cases are shown to the runtime by tests/workers/test_doubles.py.

type Step = unknown[];

interface D1Case {
  setup?: string[];
  sql: string;
  pad?: number;
  params: unknown[];
  rows?: object[];
  changes?: number;
  error?: string;
}

const VALUES = new Map<unknown, unknown>([
  ["undefined", undefined],
  ["bigint", 1n],
  ["object", {}],
  ["bytes", new Uint8Array([1, 2, 3])],
]);

function parameter(value: unknown): unknown {
  return typeof value === "object" && value !== null ? VALUES.get((value as { js: string }).js) : value;
}

function padded({ sql, pad }: D1Case): string {
  return pad === undefined ? sql : sql.replace("%", "x".repeat(pad - sql.length + 1));
}

async function attempt(act: () => unknown): Promise<unknown> {
  try {
    return (await act()) ?? null;
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function each(steps: Step[], act: (name: string, ...given: unknown[]) => unknown): Promise<unknown[]> {
  const answers = [];
  for (const [name, ...given] of steps) answers.push(await attempt(() => act(name as string, ...given)));
  return answers;
}

function expected(answers: unknown[]): unknown[] {
  return answers.map((answer) => {
    const { error } = (answer ?? {}) as { error?: string };
    return error === undefined ? answer : { error: expect.stringContaining(error) as string };
  });
}

describe("D1", () => {
  it.each((d1Cases as (D1Case & { name: string })[]).map((each) => [each.name, each] as const))("%s", async (_, each) => {
    const db = new FakeD1(...(each.setup ?? []));
    db.mayScan = true;

    const asked = db.prepare(padded(each)).bind(...each.params.map(parameter)).all();

    if (each.error !== undefined) await expect(asked).rejects.toThrow(each.error);
    else {
      const { results, meta } = await asked;
      if (each.rows !== undefined) expect(results).toEqual(each.rows);
      if (each.changes !== undefined) expect(meta.changes).toBe(each.changes);
    }
  });
});

// Incident 11: loops and full scans wrote and read billions of rows.
describe("what a worker asks of a database", () => {
  const TABLES = "CREATE TABLE t (a TEXT PRIMARY KEY, b INTEGER); CREATE INDEX t_by_b ON t (b)";

  async function asked(sql: string, ...values: unknown[]): Promise<string[]> {
    await new FakeD1(TABLES).prepare(sql).bind(...values).run();
    return costlyStatements.splice(0).map((each) => each.split(":", 1)[0] ?? "");
  }

  it.each([
    ["SELECT a FROM t WHERE a > '' OR b = 1 OR 1", "reads every row of t"],
    ["SELECT COUNT(*) FROM t", "reads every row of t"],
    ["SELECT a FROM t ORDER BY b", "reads every row of t"],
    ["INSERT INTO t SELECT a || 'x', b FROM t", "reads every row of t"],
    ["UPDATE t SET b = 1", "changes every row of a table"],
    ["DELETE FROM t", "changes every row of a table"],
  ])("is noted where it has no key: %s", async (sql, fault) => {
    expect(await asked(sql)).toEqual([fault]);
  });

  it.each([
    "SELECT a FROM t WHERE a = 'x'",
    "SELECT a FROM t WHERE b > 1",
    "SELECT a FROM t ORDER BY b LIMIT 10",
    "SELECT value FROM json_each('[1]')",
    "DELETE FROM t WHERE a IN (SELECT value FROM json_each('[1]'))",
    "INSERT INTO t VALUES ('x', 1)",
  ])("is not where it has one: %s", async (sql) => {
    expect(await asked(sql)).toEqual([]);
  });

  it("is noted of an object's own database, too", () => {
    const { storage } = new FakeObjectState();
    storage.sql.exec(TABLES);
    storage.sql.exec("SELECT b FROM t");

    expect(costlyStatements.splice(0)).toEqual(["reads every row of t: SELECT b FROM t"]);
  });
});

describe("KV", () => {
  it.each(kvCases.map((each) => [each.name, each] as const))("%s", async (_, { do: steps, answers }) => {
    let time = Date.now();
    // A second between any two: how often it takes a write is another matter.
    const kv = new FakeKv(() => time);
    const act = (name: string, key: unknown, ...rest: unknown[]): unknown => {
      time += 1_000;
      const { in: seconds, ...options } = (rest[1] ?? {}) as { in?: number };
      const later = seconds === undefined ? options : { expiration: Math.ceil(time / 1000) + seconds };
      if (name === "put") return kv.put(key as string, rest[0] as string, later);
      return name === "get" ? kv.get(key as string, rest[0] as "json") : kv.delete(key as string);
    };

    expect(await each(steps, act)).toEqual(expected(answers));
  });

  it("forgets what is over", async () => {
    let time = Date.now();
    const kv = new FakeKv(() => time);
    await kv.put("a", "1", { expirationTtl: 60 });

    time += 60_000;

    expect(await kv.get("a")).toBeNull();
  });
});

describe("an object", () => {
  it.each(objectCases.map((each) => [each.name, each] as const))("%s", async (_, { do: steps, answers }) => {
    const state = new FakeObjectState();
    state.mayScan = true;
    const { storage } = state;
    const set = Date.now();
    const acts: Record<string, (...given: never[]) => unknown> = {
      ...storage.kv,
      ...storage,
      setAlarm: (wait: number) => storage.setAlarm(set + wait),
      setAlarmAt: storage.setAlarm,
      getAlarm: async () => {
        const alarm = await storage.getAlarm();
        return alarm === null ? null : alarm - set;
      },
      sql: (sql: string, ...values: unknown[]) => storage.sql.exec(sql, ...values).toArray(),
      together: (...statements: string[]) => {
        storage.transactionSync(() => {
          for (const sql of statements) storage.sql.exec(sql);
        });
      },
      isDue: async () => Math.abs(((await storage.getAlarm()) ?? 0) - Date.now()) < 5_000,
    } as never;

    const done = await each(steps, (name, ...given) => acts[name]?.(...(given as never[])));

    expect(done).toEqual(expected(answers));
  });
});

describe("R2", () => {
  it.each(r2Cases.map((each) => [each.name, each] as const))("%s", async (_, { do: steps, answers }) => {
    const r2 = new FakeR2();
    const acts: Record<string, (...given: never[]) => unknown> = {
      put: async (key: string, text: string) => (await r2.put(key, bytesOf(text), {}))?.size,
      putNew: async (key: string, text: string) =>
        (await r2.put(key, bytesOf(text), { onlyIf: new Headers({ "If-None-Match": "*" }) }))?.size,
      get: async (key: string, range?: { offset: number; length: number }) => {
        const found = await r2.get(key, range === undefined ? {} : { range });
        return found === null ? null : new Response(found.body).text();
      },
      head: async (key: string) => (await r2.head(key))?.size,
      delete: (keys: string[]) => r2.delete(keys),
      upload: (key: string, sizes: number[], order: number[], ways?: Ways) => upload(r2, key, { sizes, order, ...ways }),
    };

    const done = await each(steps, (name, ...given) => acts[name]?.(...(given as never[])));

    expect(done).toEqual(expected(answers));
  });
});

interface Ways {
  etag?: string;
  abort?: boolean;
  twice?: boolean;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Send parts of *sizes* and put together those that *order* names, from 1; gives the size. */
async function upload(r2: FakeR2, key: string, asked: Ways & { sizes: number[]; order: number[] }): Promise<unknown> {
  const begun = await r2.createMultipartUpload(key);
  const sent: R2UploadedPart[] = [];
  for (const [index, size] of asked.sizes.entries()) {
    sent.push(await begun.uploadPart(index + 1, new Uint8Array(size)));
  }
  const parts = asked.order.map((partNumber) => ({
    partNumber,
    etag: asked.etag ?? sent[partNumber - 1]?.etag ?? "none",
  }));
  if (asked.abort) await begun.abort();
  const whole = await begun.complete(parts);
  if (asked.twice) await begun.complete(parts);
  return whole?.size;
}

describe("a socket", () => {
  it.each(socketCases.map((each) => [each.code, each.reason.length, each] as const))(
    "is closed by %i with %i bytes, or is not",
    async (_, __, { code, reason, error }) => {
      const answer = await attempt(() => {
        new FakeSocket(null).close(code, reason);
      });

      expect([answer]).toEqual(expected([error === null ? null : { error }]));
    },
  );
});
