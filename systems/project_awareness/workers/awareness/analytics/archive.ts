import type { JsonObject } from "#lib/json";
import { describeError, log } from "#lib/log";

const KEY = "archive";
const MOST = 500;
const WAIT_MS = 600_000;
const AGAIN_MS = 60_000;

interface Kept {
  lines: string[];
  /** When the first of them came. */
  since: number;
}

type Storage = Pick<DurableObjectStorage, "kv">;

/**
 * Events for the analytics bucket: lines of JSON, compressed, many to an object, for each object there costs.
 *
 * The bucket does not compress, so the worker does. Events wait in the storage of a Durable Object.
 */
export class Archive {
  private again = 0;

  constructor(
    private readonly storage: Storage,
    private readonly bucket: R2Bucket,
    private readonly now: () => number,
  ) {}

  add(event: JsonObject): void {
    const { lines, since } = this.kept ?? { lines: [], since: this.now() };
    // While the bucket takes none the oldest are given up: they are figures, not data.
    this.storage.kv.put(KEY, { lines: [...lines, JSON.stringify(event)].slice(-MOST * 2), since } satisfies Kept);
  }

  /** When events have to be written, in milliseconds since 1970; `undefined` without any. */
  dueAt(): number | undefined {
    const kept = this.kept;
    if (kept === undefined) return undefined;
    return Math.max(this.again, kept.lines.length >= MOST ? this.now() : kept.since + WAIT_MS);
  }

  /** Write what is due. What the bucket does not take stays, for later. */
  async write(): Promise<void> {
    const { kept } = this;
    if (kept === undefined || (this.dueAt() ?? Infinity) > this.now()) return;
    try {
      await this.bucket.put(objectKey(this.now()), await gzip(`${kept.lines.join("\n")}\n`), {
        storageClass: "InfrequentAccess",
        httpMetadata: { contentType: "application/x-ndjson", contentEncoding: "gzip" },
      });
      this.keepAfter(kept.lines.length);
    } catch (error) {
      this.again = this.now() + AGAIN_MS;
      log("warn", "archive_failed", describeError(error));
    }
  }

  private get kept(): Kept | undefined {
    return this.storage.kv.get<Kept>(KEY);
  }

  /** What came while the first *written* were being written stays. */
  private keepAfter(written: number): void {
    const rest = (this.kept?.lines ?? []).slice(written);
    if (rest.length === 0) this.storage.kv.delete(KEY);
    else this.storage.kv.put(KEY, { lines: rest, since: this.now() } satisfies Kept);
  }
}

/** `sync/2026/11/29/<uuid>.jsonl.gz` */
function objectKey(now: number): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll("-", "/");
  return `sync/${day}/${crypto.randomUUID()}.jsonl.gz`;
}

async function gzip(text: string): Promise<Uint8Array> {
  const compressed = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
