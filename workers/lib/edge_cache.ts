import { describeError, log } from "./log";

/** Where keys lie below the worker's own host, which no route of a worker may answer. */
const FOLDER = "/.edge-cache";

/** What is asked of a cache. */
export type DataCentre = Pick<Cache, "match" | "put" | "delete">;

/**
 * JSON in the cache of the data centre that a request came to, under explicit keys (PA-7).
 *
 * A cache may forget at any time and is never the truth: what it fails with is a miss, and in the log.
 * What depends on who asks must have that in its key.
 */
export class EdgeCache {
  /**
   * @param origin That of the worker's own host, whichever of its hosts is asked: other hosts in keys cost a
   *   look-up of their name.
   * @param room Begins its keys, so that two uses never meet: `records`.
   */
  constructor(
    private readonly origin: string,
    private readonly room: string,
    private readonly cache: () => DataCentre = () => caches.default,
  ) {}

  /** Return what is kept under *key*, or `undefined`. */
  async read(key: string): Promise<unknown> {
    try {
      const found = await this.cache().match(this.address(key));
      return await found?.json();
    } catch (error) {
      log("warn", "edge_cache_failed", { operation: "match", room: this.room, ...describeError(error) });
      return undefined;
    }
  }

  /** Keep *value* under *key* for *seconds*, at most. */
  async keep(key: string, value: unknown, seconds: number): Promise<void> {
    const headers = { "Cache-Control": `public, max-age=${seconds}` };
    try {
      await this.cache().put(this.address(key), Response.json(value, { headers }));
    } catch (error) {
      log("warn", "edge_cache_failed", { operation: "put", room: this.room, ...describeError(error) });
    }
  }

  /** Forget *key* in this data centre; others forget it when its seconds are over. */
  async forget(key: string): Promise<void> {
    try {
      await this.cache().delete(this.address(key));
    } catch (error) {
      log("warn", "edge_cache_failed", { operation: "delete", room: this.room, ...describeError(error) });
    }
  }

  private address(key: string): string {
    return `${this.origin}${FOLDER}/${this.room}/${encodeURIComponent(key)}`;
  }
}
