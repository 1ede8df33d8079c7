import { chunksOf, contentLength, tooLarge } from "#lib/body";
import { CLOCK, within } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { hex, sha256Hex } from "#lib/hash";
import { describeError, log } from "#lib/log";
import { bucketOf, limitsOf, type FileCollection } from "../collections";
import type { Env } from "../env";
import { askState } from "../lock/hold";
import { answered } from "../store/read";

/** An upload has so long until something refers to it. */
const UPLOAD_MS = 3_600_000;
/** It ends so long before that: what came into R2 after the sweep would lie there for ever. */
const MARGIN_MS = 600_000;
/** How long R2 may take to notice that a body ends before its time. */
const ENDING_MS = 10_000;
const NOTE = `
  INSERT INTO sync_objects (object_key, user_id, collection, due_at, doomed) VALUES (?1, ?2, ?3, CAST(?4 AS INTEGER), 0)`;

/** Bytes that lie in R2, and that nothing refers to yet. */
export interface Uploaded {
  objectKey: string;
  size: number;
  digest: string;
}

/**
 * Put the body of *request* into R2 under a key of its own.
 *
 * It is noted in D1 before, and the sweep is set before that: whatever dies, either something refers to the bytes, or a
 * note has them deleted.
 */
export async function upload(env: Env, userId: string, collection: FileCollection, request: Request): Promise<Uploaded> {
  const size = announced(request, limitsOf(collection).itemBytes);
  const objectKey = `${collection}/${await sha256Hex(userId)}/${crypto.randomUUID()}`;
  const due = CLOCK.now() + UPLOAD_MS;
  await askState(env, userId, (state) => state.sweepAt(userId, due));
  await answered(env.DB.prepare(NOTE).bind(objectKey, userId, collection, String(due)).run());
  return { objectKey, size, digest: await put(bucketOf(env, collection), objectKey, request, size, due - MARGIN_MS) };
}

/** R2 takes nothing of unknown length. */
function announced(request: Request, most: number): number {
  const size = contentLength(request);
  if (size === undefined) throw new ApiError(411, "length_required", "send a Content-Length: the size of the body in bytes");
  if (size > most) throw tooLarge(most);
  return size;
}

/** Return the SHA-256 of what was put. ApiError 409 when it is not done by *deadline*, in milliseconds since 1970. */
async function put(bucket: R2Bucket, key: string, request: Request, size: number, deadline: number): Promise<string> {
  const { readable, writable } = new FixedLengthStream(size);
  const [to, digest] = [writable.getWriter(), new crypto.DigestStream("SHA-256")];
  const stored = bucket.put(key, readable);
  try {
    await within(deadline - CLOCK.now(), Promise.all([copy(request, to, digest.getWriter()), stored]));
  } catch (error) {
    await ended(to, error);
    await within(ENDING_MS, stored).catch(() => undefined);
    throw refusal(error, CLOCK.now() >= deadline);
  }
  return hex(await digest.digest);
}

function refusal(error: unknown, isLate: boolean): ApiError {
  log("error", "upload_failed", describeError(error));
  if (isLate) return new ApiError(409, "upload_expired", `it took over ${(UPLOAD_MS - MARGIN_MS) / 60_000} minutes to arrive; send it again`);
  return unavailable("upload_failed", "the body did not arrive as a whole; send the same again");
}

type Writer = WritableStreamDefaultWriter<Uint8Array>;

/** End *to*, which may wait for who reads it: no longer than R2 may take to notice. */
async function ended(to: Writer, error: unknown): Promise<void> {
  await within(ENDING_MS, to.abort(error)).catch(() => undefined);
}

async function copy(request: Request, to: Writer, beside: Writer): Promise<void> {
  try {
    for await (const chunk of chunksOf(request.body)) await Promise.all([to.write(chunk), beside.write(chunk)]);
    await Promise.all([to.close(), beside.close()]);
  } catch (error) {
    await ended(to, error);
    throw error;
  }
}
