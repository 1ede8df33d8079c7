import { hex, sha256 } from "../../../lib/hash";
import { contentDisposition } from "./disposition";
import type { DocumentRow } from "./model";
import type { ObjectFacts } from "./table";

/** Documents in R2. Every document has a key of its own, made from its id. */
export class DocumentObjects {
  constructor(private readonly bucket: R2Bucket) {}

  /** Put *bytes* at the key of *row*. */
  async put(row: DocumentRow, bytes: Uint8Array): Promise<ObjectFacts> {
    const digest = await sha256(bytes);
    const object = await this.bucket.put(row.key, bytes, putOptions(row, digest));
    return { etag: object.etag, sha256: hex(digest) };
  }

  /**
   * Copy what lies at *from* to *to*, as the content of *row*, piece by piece.
   *
   * `undefined`: there is nothing at *from*.
   */
  async copy(row: DocumentRow, from: string, to: string): Promise<ObjectFacts | undefined> {
    const source = await this.bucket.get(from);
    if (source === null) return undefined;
    const { readable, writable } = new FixedLengthStream(source.size);
    const digest = new crypto.DigestStream("SHA-256");
    const [object] = await Promise.all([
      this.bucket.put(to, readable, putOptions(row)),
      pass(source.body as ReadableStream<Uint8Array>, [writable.getWriter(), digest.getWriter()]),
    ]);
    return { etag: object.etag, sha256: hex(await digest.digest) };
  }

  /** Size in bytes of what lies at *key*; `undefined`: nothing. */
  async size(key: string): Promise<number | undefined> {
    return (await this.bucket.head(key))?.size;
  }
}

type Writer = Pick<WritableStreamDefaultWriter<Uint8Array>, "write" | "close" | "abort">;

/** One reader, several writers, the slowest sets the pace: a tee would pile up what it is ahead. */
async function pass(source: ReadableStream<Uint8Array>, writers: Writer[]): Promise<void> {
  try {
    for await (const chunk of source) {
      await Promise.all(writers.map((writer) => writer.write(chunk)));
    }
    await Promise.all(writers.map((writer) => writer.close()));
  } catch (error) {
    await Promise.allSettled(writers.map((writer) => writer.abort(error)));
    throw error;
  }
}

function putOptions(row: DocumentRow, digest?: Uint8Array): R2PutOptions {
  return {
    httpMetadata: {
      contentType: row.contentType,
      contentDisposition: contentDisposition(row.name),
      cacheControl: "private, no-store",
    },
    customMetadata: { documentId: row.id, chittyId: row.chittyId, type: row.type },
    ...(digest === undefined ? {} : { sha256: digest }),
  };
}
