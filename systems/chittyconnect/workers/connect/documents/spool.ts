import { concat } from "#lib/body";
import { ApiError } from "#lib/errors";

/** A file that has arrived: in memory when it is small, else at *key* in R2. */
export type Spooled = { size: number } & ({ bytes: Uint8Array } | { key: string });

/** R2 takes no smaller part, but for the last. Up to this a file stays in memory. */
export const PART_BYTES = 5 * 1024 * 1024;

/**
 * Takes in a file of unknown size: up to 5 MiB in memory, more as a multipart upload to R2. Never
 * more than one part is held.
 */
export class Spool {
  private readonly parts: R2UploadedPart[] = [];
  private upload: R2MultipartUpload | undefined;
  private chunks: Uint8Array[] = [];
  private held = 0;
  private size = 0;

  constructor(
    private readonly bucket: R2Bucket,
    private readonly key: string,
    private readonly maxBytes: number,
  ) {}

  /** Take in all of *source*. 413 above the cap. Nothing is left in R2 after a failure. */
  async take(source: AsyncIterable<Uint8Array>): Promise<Spooled> {
    try {
      for await (const chunk of source) await this.write(chunk);
      return await this.finish();
    } catch (error) {
      await this.upload?.abort();
      throw error;
    }
  }

  private async write(chunk: Uint8Array): Promise<void> {
    this.size += chunk.byteLength;
    if (this.size > this.maxBytes) throw documentTooLarge(this.maxBytes);
    let rest = chunk;
    while (this.held + rest.byteLength > PART_BYTES) {
      const room = PART_BYTES - this.held;
      this.hold(rest.subarray(0, room));
      await this.flush();
      rest = rest.subarray(room);
    }
    this.hold(rest);
  }

  private hold(chunk: Uint8Array): void {
    this.chunks.push(chunk);
    this.held += chunk.byteLength;
  }

  private async flush(): Promise<void> {
    this.upload ??= await this.bucket.createMultipartUpload(this.key);
    this.parts.push(await this.upload.uploadPart(this.parts.length + 1, this.drain()));
  }

  private drain(): Uint8Array {
    const bytes = concat(this.chunks, this.held);
    this.chunks = [];
    this.held = 0;
    return bytes;
  }

  private async finish(): Promise<Spooled> {
    if (this.upload === undefined) return { size: this.size, bytes: this.drain() };
    if (this.held > 0) await this.flush();
    await this.upload.complete(this.parts);
    return { size: this.size, key: this.key };
  }
}

/** 413: a document has a cap. */
function documentTooLarge(maxBytes: number): ApiError {
  return new ApiError(413, "document_too_large", `a document must not be larger than ${maxBytes} bytes`);
}
