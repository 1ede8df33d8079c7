import { describeError, log } from "#lib/log";

/** A copy that has not been written yet. */
interface Pending {
  value: string;
  seconds: number;
}

// KV takes one write a second under a key.
const BETWEEN_MS = 1_100;
const AGAIN_MS = 10_000;

type Storage = Pick<DurableObjectStorage, "kv">;

/**
 * Copies of an object's state in KV, near to whoever reads them, never the truth.
 *
 * What has to be written stands in the object's storage until it is: a restart loses none, and changes that come
 * quickly become one write.
 */
export class Copies {
  private last = 0;

  constructor(
    private readonly storage: Storage,
    private readonly kv: KVNamespace,
    private readonly now: () => number,
    /** Where the storage has what is to be written; two of them keep it apart. */
    private readonly place = "copies",
  ) {}

  /** Have *value* be written under *key*, where it is kept for *seconds*. */
  offer(key: string, value: object, seconds: number): void {
    this.storage.kv.put(this.place, { ...this.pending(), [key]: { value: JSON.stringify(value), seconds } });
  }

  /** When there is something to write, in milliseconds since 1970; `undefined` when there is nothing. */
  dueAt(): number | undefined {
    return Object.keys(this.pending()).length === 0 ? undefined : Math.max(this.now(), this.last + BETWEEN_MS);
  }

  /** Write what is due. What KV does not take stays, for later. */
  async write(): Promise<void> {
    const due = this.dueAt();
    if (due === undefined || due > this.now()) return;
    this.last = this.now();
    for (const [key, { value, seconds }] of Object.entries(this.pending())) await this.writeOne(key, value, seconds);
  }

  private async writeOne(key: string, value: string, seconds: number): Promise<void> {
    try {
      await this.kv.put(key, value, { expirationTtl: seconds });
      const { [key]: written, ...rest } = this.pending();
      // A newer one may have come meanwhile.
      if (written?.value === value) this.storage.kv.put(this.place, rest);
    } catch (error) {
      this.last = this.now() + AGAIN_MS;
      log("warn", "copy_failed", { key: key.split(":")[0] ?? "", ...describeError(error) });
    }
  }

  private pending(): Record<string, Pending> {
    return this.storage.kv.get<Record<string, Pending>>(this.place) ?? {};
  }
}
