import type { Database, Value } from "sql.js";

import { judgePlan } from "./plans";
import { bindAsD1, d1Error, like } from "./sql";
import { rowsOf, SqliteDatabase } from "./sqlite";

const MAX_COLUMNS = 100;

/**
 * A D1 database in memory: real SQLite that binds, limits and counts as D1 does, batches are
 * transactions. `tests/contract/d1.json` holds both to the same cases.
 */
export class FakeD1 {
  private readonly database: Database;
  /** Whether statements may read or change every row of a table: for who tests databases, not workers. */
  mayScan = false;
  /** Set to have every statement fail with this message. */
  outage: string | undefined;

  constructor(...migrations: string[]) {
    this.database = new SqliteDatabase();
    this.database.create_function("like", like);
    this.database.exec("PRAGMA foreign_keys = ON");
    for (const migration of migrations) this.database.exec(migration);
  }

  /** As the worker sees it. */
  get binding(): D1Database {
    return this as unknown as D1Database;
  }

  /** Rows of *sql*, for a test to look at or to change. */
  rows(sql: string, ...values: Value[]): Record<string, Value>[] {
    return this.run(sql, values).results;
  }

  prepare(sql: string): FakeStatement {
    return new FakeStatement(this, sql, []);
  }

  async batch(statements: FakeStatement[]): Promise<Result[]> {
    await Promise.resolve();
    this.database.exec("BEGIN");
    try {
      const results = statements.map((statement) => statement.execute());
      this.database.exec("COMMIT");
      return results;
    } catch (error) {
      this.database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Run what a worker asks. */
  ask(sql: string, values: readonly unknown[]): Result {
    const result = this.run(sql, values);
    if (!this.mayScan) judgePlan(this.database, sql);
    return result;
  }

  private run(sql: string, values: readonly unknown[]): Result {
    if (this.outage !== undefined) throw d1Error(this.outage);
    const bound = bindAsD1(sql, values);
    const before = this.changes();
    const results = this.step(bound.sql, bound.values);
    return { results, success: true, meta: { changes: this.changes() - before } };
  }

  private step(sql: string, values: Value[]): Record<string, Value>[] {
    return rowsOf(this.database, sql, values, (columns) => {
      if (columns > MAX_COLUMNS) throw d1Error("too many columns in result set: SQLITE_ERROR");
    });
  }

  /** D1 counts the rows that triggers and cascades change, too. */
  private changes(): number {
    const [counted] = this.step("SELECT total_changes() AS changes", []);
    return Number(counted?.["changes"]);
  }
}

interface Result {
  results: Record<string, Value>[];
  success: true;
  meta: { changes: number };
}

class FakeStatement {
  constructor(
    private readonly database: FakeD1,
    private readonly sql: string,
    private readonly values: readonly unknown[],
  ) {}

  bind(...values: unknown[]): FakeStatement {
    return new FakeStatement(this.database, this.sql, values);
  }

  execute(): Result {
    return this.database.ask(this.sql, this.values);
  }

  all(): Promise<Result> {
    return new Promise((resolve) => {
      resolve(this.execute());
    });
  }

  run(): Promise<Result> {
    return this.all();
  }

  async first(): Promise<Record<string, Value> | null> {
    return (await this.all()).results[0] ?? null;
  }
}
