import { concat } from "../body";
import { sha256Hex } from "../hash";

const MAX_DELETES = 1_000;
const MIN_PART_BYTES = 5 * 1024 * 1024;

interface Described {
  size: number;
  etag: string;
}

interface Upload {
  key: string;
  uploadId: string;
  uploadPart(partNumber: number, value: Uint8Array | ReadableStream): Promise<R2UploadedPart>;
  complete(parts: R2UploadedPart[]): Promise<Described | null>;
  abort(): Promise<void>;
}

interface Stored {
  bytes: Uint8Array;
  options: R2PutOptions;
}

/**
 * An R2 bucket in memory: objects, and uploads in parts, which it wants as R2 does.
 * `tests/contract/r2.json` holds it and the runtime to the same cases.
 */
export class FakeR2 {
  readonly objects = new Map<string, Stored>();
  readonly uploads = new Map<string, Map<number, Uint8Array>>();
  /** Names of operations that fail. */
  readonly failing = new Set<string>();
  private count = 0;

  /** As the worker sees it. */
  get binding(): R2Bucket {
    return this as unknown as R2Bucket;
  }

  async put(key: string, value: Uint8Array | ReadableStream, options: R2PutOptions = {}): Promise<Described | null> {
    this.guard("put");
    if (mustBeAbsent(options) && this.objects.has(key)) return null;
    const bytes = value instanceof Uint8Array ? value : await collect(value);
    this.objects.set(key, { bytes, options });
    return this.describe(bytes);
  }

  async get(
    key: string,
    options: { range?: { offset: number; length: number } } = {},
  ): Promise<(Described & { body: ReadableStream }) | null> {
    this.guard("get");
    const stored = this.objects.get(key);
    if (stored === undefined) return null;
    const { offset, length } = options.range ?? { offset: 0, length: stored.bytes.length };
    const body = new Blob([stored.bytes.slice(offset, offset + length)]).stream();
    return { ...(await this.describe(stored.bytes)), body };
  }

  async head(key: string): Promise<Described | null> {
    this.guard("head");
    const stored = this.objects.get(key);
    return stored === undefined ? null : this.describe(stored.bytes);
  }

  delete(keys: string | string[]): Promise<void> {
    this.guard("delete");
    const all = [keys].flat();
    if (all.length > MAX_DELETES) throw new Error(`delete: at most ${MAX_DELETES} keys at once`);
    for (const key of all) this.objects.delete(key);
    return Promise.resolve();
  }

  createMultipartUpload(key: string): Promise<Upload> {
    this.guard("createMultipartUpload");
    this.count += 1;
    const uploadId = `upload-${this.count}`;
    this.uploads.set(uploadId, new Map());
    return Promise.resolve(this.resumeMultipartUpload(key, uploadId));
  }

  resumeMultipartUpload(key: string, uploadId: string): Upload {
    return {
      key,
      uploadId,
      uploadPart: async (partNumber: number, value: Uint8Array | ReadableStream) => {
        const bytes = value instanceof Uint8Array ? value.slice() : await collect(value);
        this.upload(uploadId).set(partNumber, bytes);
        return { partNumber, etag: (await sha256Hex(bytes)).slice(0, 32) };
      },
      complete: async (parts: R2UploadedPart[]) => {
        const bytes = await this.assemble(uploadId, parts);
        this.uploads.delete(uploadId);
        return this.put(key, bytes, {});
      },
      abort: () => {
        this.upload(uploadId);
        this.uploads.delete(uploadId);
        return Promise.resolve();
      },
    };
  }

  private async assemble(uploadId: string, parts: R2UploadedPart[]): Promise<Uint8Array> {
    const chunks = [];
    for (const part of parts) {
      const bytes = this.upload(uploadId).get(part.partNumber);
      const etag = bytes === undefined ? undefined : (await sha256Hex(bytes)).slice(0, 32);
      if (bytes === undefined || etag !== part.etag) throw new Error("complete: no such part (10025)");
      chunks.push(bytes);
    }
    refuseSizes(chunks.slice(0, -1).map((chunk) => chunk.length));
    return concat(chunks, chunks.reduce((size, chunk) => size + chunk.length, 0));
  }

  private upload(uploadId: string): Map<number, Uint8Array> {
    const parts = this.uploads.get(uploadId);
    if (parts === undefined) throw new Error("no such upload (10024)");
    return parts;
  }

  private async describe(bytes: Uint8Array): Promise<Described> {
    return { size: bytes.length, etag: (await sha256Hex(bytes)).slice(0, 32) };
  }

  private guard(operation: string): void {
    if (this.failing.has(operation)) throw new Error(`${operation} is out`);
  }
}

/** Of all parts but the last. */
function refuseSizes(sizes: number[]): void {
  if (sizes.some((size) => size < MIN_PART_BYTES)) throw new Error("complete: a part is too small (10011)");
  if (new Set(sizes).size > 1) throw new Error("complete: parts must have the same length (10048)");
}

function mustBeAbsent({ onlyIf }: R2PutOptions): boolean {
  return onlyIf instanceof Headers && onlyIf.get("If-None-Match") === "*";
}

async function collect(stream: ReadableStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
