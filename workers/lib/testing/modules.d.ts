declare module "*.sql?raw" {
  const text: string;
  export default text;
}

declare module "sql.js" {
  export type Value = string | number | null | Uint8Array;

  export interface Statement {
    bind(values: Value[]): boolean;
    step(): boolean;
    getAsObject(): Record<string, Value>;
    getColumnNames(): string[];
    free(): boolean;
  }

  export interface Database {
    prepare(sql: string): Statement;
    exec(sql: string): unknown;
    create_function(name: string, run: (...values: never[]) => Value): Database;
  }

  export default function initSqlJs(): Promise<{ Database: new () => Database }>;
}
