import initSqlJs, { type Database, type Value } from "sql.js";

const { Database: SqliteDatabase } = await initSqlJs();

/** A D1 database in memory: real SQLite, batches are transactions. */
export class FakeD1 {
  private readonly database: Database;
  /** Set to have every statement fail with this message. */
  outage: string | undefined;

  constructor(...migrations: string[]) {
    this.database = new SqliteDatabase();
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

  run(sql: string, values: Value[]): Result {
    if (this.outage !== undefined) throw new Error(`D1_ERROR: ${this.outage}`);
    const statement = this.database.prepare(sql);
    try {
      statement.bind(values);
      const results = [];
      while (statement.step()) results.push(statement.getAsObject());
      const changes = /^\s*SELECT/i.test(sql) ? 0 : this.database.getRowsModified();
      return { results, success: true, meta: { changes } };
    } finally {
      statement.free();
    }
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
    private readonly values: Value[],
  ) {}

  bind(...values: Value[]): FakeStatement {
    return new FakeStatement(this.database, this.sql, values);
  }

  execute(): Result {
    return this.database.run(this.sql, this.values);
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
