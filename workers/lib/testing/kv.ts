/** A KV namespace in memory. It forgets nothing by itself; *expirations* tells when it would. */
export class FakeKv {
  readonly values = new Map<string, string>();
  /** Seconds since 1970, by key. */
  readonly expirations = new Map<string, number>();
  /** Set to have every operation fail. */
  outage = false;
  /** How many writes there were. */
  writes = 0;

  /** As the worker sees it. */
  get binding(): KVNamespace {
    return this as unknown as KVNamespace;
  }

  get(key: string, type?: "json"): Promise<unknown> {
    return this.act(() => {
      const value = this.values.get(key) ?? null;
      return value !== null && type === "json" ? (JSON.parse(value) as unknown) : value;
    });
  }

  put(key: string, value: string, options: { expiration: number }): Promise<void> {
    return this.act(() => {
      this.writes += 1;
      this.values.set(key, value);
      this.expirations.set(key, options.expiration);
    });
  }

  delete(key: string): Promise<void> {
    return this.act(() => {
      this.values.delete(key);
    });
  }

  private async act<T>(work: () => T): Promise<T> {
    await Promise.resolve();
    if (this.outage) throw new Error("KV is out");
    return work();
  }
}
