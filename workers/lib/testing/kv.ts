type Operation = "get" | "put" | "delete";

// Cloudflare's own limit, for puts and deletes alike.
const WRITES_EVERY_MS = 1_000;
const MAX_KEY_BYTES = 512;
const MIN_TTL_SECONDS = 60;
const MAX_INT32 = 2 ** 31 - 1;

interface PutOptions {
  expiration?: number;
  expirationTtl?: number;
}

/**
 * A KV namespace in memory. It refuses keys and lifetimes as KV does, forgets what is over, takes one
 * write a second under a key, and fails as a test has it fail. `tests/contract/kv.json` holds it and
 * the runtime to the same cases.
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
  /** What is read of a key, whatever is written: what another place saw before. */
  readonly stale = new Map<string, string>();
  /** How many writes there were. */
  writes = 0;
  private readonly written = new Map<string, number>();

  constructor(private readonly now = (): number => Date.now()) {}

  /** As the worker sees it. */
  get binding(): KVNamespace {
    return this as unknown as KVNamespace;
  }

  get(key: string, type?: "json"): Promise<unknown> {
    return this.act("get", key, () => {
      const value = this.unseen.has(key) ? undefined : (this.stale.get(key) ?? this.find(key));
      return value !== undefined && type === "json" ? (JSON.parse(value) as unknown) : (value ?? null);
    });
  }

  put(key: string, value: string, options: PutOptions = {}): Promise<void> {
    return this.act("put", key, () => {
      const expiration = this.expirationOf(options);
      this.limit(key, "PUT");
      this.writes += 1;
      this.values.set(key, value);
      this.expirations.set(key, expiration);
    });
  }

  /** A list is taken for the one key that it is as text, as KV takes it. */
  delete(keys: string | string[]): Promise<void> {
    const key = String(keys);
    return this.act("delete", key, () => {
      this.limit(key, "DELETE");
      this.values.delete(key);
    });
  }

  private find(key: string): string | undefined {
    const expiration = this.expirations.get(key) ?? Number.POSITIVE_INFINITY;
    return expiration <= this.now() / 1000 ? undefined : this.values.get(key);
  }

  private expirationOf({ expiration, expirationTtl }: PutOptions): number {
    const now = Math.floor(this.now() / 1000);
    if (Math.max(expiration ?? 0, expirationTtl ?? 0) > MAX_INT32) throw new TypeError("Value out of range.");
    if (expirationTtl !== undefined) {
      if (expirationTtl < MIN_TTL_SECONDS) throw refused("PUT", `400 Invalid expiration_ttl of ${expirationTtl}.`);
      return now + expirationTtl;
    }
    if (expiration === undefined) return Number.POSITIVE_INFINITY;
    if (expiration < now + MIN_TTL_SECONDS) throw refused("PUT", `400 Invalid expiration of ${expiration}.`);
    return expiration;
  }

  private limit(key: string, verb: string): void {
    const soonest = (this.written.get(key) ?? Number.NEGATIVE_INFINITY) + WRITES_EVERY_MS;
    if (this.now() < soonest) throw refused(verb, "429 Too Many Requests");
    this.written.set(key, this.now());
  }

  private async act<T>(operation: Operation, key: string, work: () => T): Promise<T> {
    refuseKey(operation, key);
    await Promise.resolve();
    if (this.silent.has(operation)) return new Promise(() => undefined);
    if (this.outage || this.failing.has(operation)) throw new Error(`KV is out: ${operation}`);
    return work();
  }
}

function refuseKey(operation: Operation, key: string): void {
  if (key === "") throw new TypeError("Key name cannot be empty.");
  if (key === "." || key === "..") throw new TypeError(`"${key}" is not allowed as a key name.`);
  const bytes = new TextEncoder().encode(key).byteLength;
  if (bytes <= MAX_KEY_BYTES) return;
  const fault = `414 UTF-8 encoded length of ${bytes} exceeds key length limit of ${MAX_KEY_BYTES}.`;
  throw refused(operation.toUpperCase(), fault);
}

function refused(verb: string, why: string): Error {
  return new Error(`KV ${verb} failed: ${why}`);
}
