import { hex, sha256 } from "#lib/hash";
import { contentDisposition } from "./disposition";
import type { DocumentRow } from "./model";
import type { ObjectFacts } from "./table";

/** Nothing was copied: what was *found* has another size than the document; `undefined`: nothing was. */
export interface Misfit {
  found: number | undefined;
}

const IF_ABSENT = new Headers({ "If-None-Match": "*" });

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
   * One read gives size and content, so what is compared is what is copied, whoever writes to *from*
   * meanwhile. What lies at *to* already was copied before: it stays, and its facts are answered.
   */
  async copy(row: DocumentRow, from: string, to: string): Promise<ObjectFacts | Misfit> {
    const source = await this.bucket.get(from);
    if (source?.size !== row.size) {
      await source?.body.cancel();
      return { found: source?.size };
    }
    return (await this.write(row, source, to)) ?? this.facts(to);
  }

  /** `undefined`: something lies at *to* already, nothing was written. */
  private async write(row: DocumentRow, source: R2ObjectBody, to: string): Promise<ObjectFacts | undefined> {
    const { readable, writable } = new FixedLengthStream(source.size);
    const digest = new crypto.DigestStream("SHA-256");
    const passing = pass(contentOf(source), [writable.getWriter(), digest.getWriter()]);
    // Its failure fails the put, too; a put that is refused need not read to the end.
    passing.catch(() => undefined);
    const object = await this.bucket.put(to, readable, { ...putOptions(row), onlyIf: IF_ABSENT });
    if (object === null) return undefined;
    await passing;
    return { etag: object.etag, sha256: hex(await digest.digest) };
  }

  private async facts(key: string): Promise<ObjectFacts> {
    const object = await this.bucket.get(key);
    if (object === null) throw new Error("the object is there, and is not");
    const digest = new crypto.DigestStream("SHA-256");
    await pass(contentOf(object), [digest.getWriter()]);
    return { etag: object.etag, sha256: hex(await digest.digest) };
  }

  /** Size in bytes of what lies at *key*; `undefined`: nothing. */
  async size(key: string): Promise<number | undefined> {
    return (await this.bucket.head(key))?.size;
  }
}

function contentOf(object: R2ObjectBody): ReadableStream<Uint8Array> {
  return object.body as ReadableStream<Uint8Array>;
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
