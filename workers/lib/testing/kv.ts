type Operation = "get" | "put" | "delete";

// Cloudflare's own limit, for puts and deletes alike.
const WRITES_EVERY_MS = 1_000;

/**
 * A KV namespace in memory. It forgets nothing by itself (*expirations* tells when it would), takes
 * one write a second under a key, and fails as a test has it fail.
 */
export class FakeKv {
  readonly values = new Map<string, string>();
  /** Seconds since 1970, by key. */
  readonly expirations = new Map<string, number>();
  /** Set to have every operation fail. */
  outage = false;
  /** Operations that fail. */
  readonly failing = new Set<Operation>();
  /** Operations that never answer. */
  readonly silent = new Set<Operation>();
  /** Keys that are written, and not yet seen here. */
  readonly unseen = new Set<string>();
  /** How many writes there were. */
  writes = 0;
  private readonly written = new Map<string, number>();

  constructor(private readonly now = (): number => Date.now()) {}

  /** As the worker sees it. */
  get binding(): KVNamespace {
    return this as unknown as KVNamespace;
  }

  get(key: string, type?: "json"): Promise<unknown> {
    return this.act("get", () => {
      const value = this.unseen.has(key) ? null : (this.values.get(key) ?? null);
      return value !== null && type === "json" ? (JSON.parse(value) as unknown) : value;
    });
  }

  put(key: string, value: string, options: { expiration: number }): Promise<void> {
    return this.act("put", () => {
      this.limit(key, "PUT");
      this.writes += 1;
      this.values.set(key, value);
      this.expirations.set(key, options.expiration);
    });
  }

  delete(key: string): Promise<void> {
    return this.act("delete", () => {
      this.limit(key, "DELETE");
      this.values.delete(key);
    });
  }

  private limit(key: string, verb: string): void {
    const soonest = (this.written.get(key) ?? Number.NEGATIVE_INFINITY) + WRITES_EVERY_MS;
    if (this.now() < soonest) throw new Error(`KV ${verb} failed: 429 Too Many Requests`);
    this.written.set(key, this.now());
  }

  private async act<T>(operation: Operation, work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.silent.has(operation)) return new Promise(() => undefined);
    if (this.outage || this.failing.has(operation)) throw new Error(`KV is out: ${operation}`);
    return work();
  }
}
