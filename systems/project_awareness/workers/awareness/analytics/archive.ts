import type { JsonObject } from "#lib/json";
import { describeError, log } from "#lib/log";

const KEY = "archive";
const MOST = 500;
const WAIT_MS = 600_000;
const AGAIN_MS = 60_000;

const IF_ABSENT = new Headers({ "If-None-Match": "*" });
const OPTIONS = {
  storageClass: "InfrequentAccess",
  httpMetadata: { contentType: "application/x-ndjson", contentEncoding: "gzip" },
};

interface Kept {
  /** Name of the object that they become. Absent: they were kept by an earlier version, which named it when it wrote. */
  id?: string;
  lines: string[];
  /** When the first of them came. */
  since: number;
}

type Storage = Pick<DurableObjectStorage, "kv">;

/**
 * Events for the analytics bucket: lines of JSON, compressed, many to an object, for each object there costs.
 *
 * The bucket does not compress, so the worker does. Events wait in the storage of a Durable Object, and the object that
 * they become has its name from the first of them on: what was written, and comes back out of a copy (`ops backup`) or
 * could not be noted as written, is written to the same one, once.
 */
export class Archive {
  private again = 0;

  constructor(
    private readonly storage: Storage,
    private readonly bucket: R2Bucket,
    private readonly now: () => number,
  ) {}

  /** Have *event* be written; no two of an owner are the same. */
  add(event: JsonObject): void {
    const { id, lines, since } = this.kept ?? this.begun([]);
    // While the bucket takes none the oldest are given up: they are figures, not data.
    const kept = [...lines, JSON.stringify(event)].slice(-MOST * 2);
    this.storage.kv.put(KEY, { id: id ?? crypto.randomUUID(), lines: kept, since } satisfies Kept);
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
      await this.put(objectKey(kept.since, this.named(kept)), kept.lines);
      this.keepAfter(kept.lines.length);
    } catch (error) {
      this.again = this.now() + AGAIN_MS;
      log("warn", "archive_failed", describeError(error));
    }
  }

  /** Write *lines* to *key*, beside those that it has. */
  private async put(key: string, lines: readonly string[]): Promise<void> {
    if ((await this.bucket.put(key, await gzip(lines), { ...OPTIONS, onlyIf: IF_ABSENT })) !== null) return;
    const there = await this.bucket.get(key);
    const written = there === null ? [] : await gunzip(there);
    const missing = lines.filter((line) => !written.includes(line));
    if (missing.length > 0) await this.bucket.put(key, await gzip([...written, ...missing]), OPTIONS);
  }

  /** Return the name of the object that *kept* becomes, which is noted before anything is written. */
  private named(kept: Kept): string {
    const id = kept.id ?? crypto.randomUUID();
    if (kept.id === undefined) this.storage.kv.put(KEY, { ...kept, id } satisfies Kept);
    return id;
  }

  private get kept(): Kept | undefined {
    return this.storage.kv.get<Kept>(KEY);
  }

  /** What came while the first *written* were being written stays. */
  private keepAfter(written: number): void {
    const rest = (this.kept?.lines ?? []).slice(written);
    if (rest.length === 0) this.storage.kv.delete(KEY);
    else this.storage.kv.put(KEY, this.begun(rest));
  }

  private begun(lines: string[]): Kept {
    return { id: crypto.randomUUID(), lines, since: this.now() };
  }
}

/** `sync/2026/11/29/<uuid>.jsonl.gz`, by the day of the first event. */
function objectKey(since: number, id: string): string {
  return `sync/${new Date(since).toISOString().slice(0, 10).replaceAll("-", "/")}/${id}.jsonl.gz`;
}

async function gzip(lines: readonly string[]): Promise<Uint8Array> {
  const compressed = new Blob([`${lines.join("\n")}\n`]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}

async function gunzip({ body }: R2ObjectBody): Promise<string[]> {
  const text = await new Response(body.pipeThrough(new DecompressionStream("gzip"))).text();
  return text.trimEnd().split("\n");
}
