import { AwsClient } from "aws4fetch";
import * as v from "valibot";

import { notFound, unavailable } from "#lib/errors";
import { object, wholeNumber, type Read } from "#lib/schema";
import { setting, variable } from "#lib/variables";
import type { Env } from "../env";
import { completeUploaded, reserve } from "./lifecycle";
import type { Library } from "./library";
import { announced, pendingRow, temporaryKey, type DocumentRow } from "./model";

const DAY = 86_400;
const EXPIRES_IN_DEFAULT = 900;
// What is uploaded in the last second must still be confirmed.
const CONFIRM_WITHIN = DAY;
// Shorter than the seven days after which a rule of the bucket deletes what lies under temp/: what
// is uploaded at once can be confirmed to the end.
const UPLOAD_WITHIN = 6 * DAY - 1;
const ENDPOINT = v.pipe(
  v.string(),
  v.transform((address) => address.replace(/\/+$/, "")),
  v.regex(/^https?:\/\/./, "an http(s) address"),
);

/** What is said of a download: how many seconds its address works. S3 signs for a week at most. */
export const PRESIGN = object({ expiresIn: v.nullish(wholeNumber(1, 7 * DAY), EXPIRES_IN_DEFAULT) });

/** What is said of a document that comes to a presigned address, *maxBytes* at most. */
export function announcedUpload(maxBytes: number) {
  const expiresIn = v.nullish(wholeNumber(1, UPLOAD_WITHIN), EXPIRES_IN_DEFAULT);
  return object({ ...announced(maxBytes), expiresIn });
}

/** An address that works without a token until *expiresAt*. */
export interface Presigned {
  method: "GET" | "PUT";
  url: string;
  expiresAt: string;
}

/**
 * A document that is reserved: PUT the bytes to *url* with exactly *headers*, then POST to *confirm*.
 * They are signed: R2 refuses another type or size. A browser sets Content-Length by itself.
 */
export interface PresignedUpload extends Presigned {
  id: string;
  key: string;
  headers: Record<string, string>;
  confirm: string;
}

/** Signs addresses of one bucket for S3. */
export class Presigner {
  constructor(
    private readonly client: AwsClient,
    private readonly bucketUrl: string,
    private readonly now: () => number,
  ) {}

  /** Sign *method* on *key*, to be sent with *headers*, for *expiresIn* seconds. */
  async sign(
    method: Presigned["method"],
    key: string,
    expiresIn: number,
    headers: Record<string, string> = {},
  ): Promise<Presigned> {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${this.bucketUrl}/${path}`);
    url.searchParams.set("X-Amz-Expires", String(expiresIn));
    const signed = await this.client.sign(url.href, {
      method,
      headers,
      aws: { signQuery: true, allHeaders: true },
    });
    const expiresAt = new Date(this.now() + expiresIn * 1000).toISOString();
    return { method, url: signed.url, expiresAt };
  }
}

/** The presigner of *env*. 503 while the key pair for S3 is not set. */
export function presigner(env: Env, now: () => number = Date.now): Presigner {
  const { R2_ACCESS_KEY_ID: accessKeyId, R2_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw unavailable("presign_unavailable", "presigned addresses are not set up on this deployment", 3600);
  }
  const endpoint = setting(env, "R2_S3_ENDPOINT", ENDPOINT);
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "auto" });
  return new Presigner(client, `${endpoint}/${variable(env, "R2_BUCKET_NAME")}`, now);
}

/** An address to download *row*. */
export function presignDownload(
  signer: Presigner,
  row: DocumentRow,
  { expiresIn }: Read<typeof PRESIGN>,
): Promise<Presigned> {
  return signer.sign("GET", row.key, expiresIn);
}

/** Reserve the document that *given* describes, and an address to upload it to. */
export async function presignUpload(
  library: Library,
  signer: Presigner,
  given: Read<ReturnType<typeof announcedUpload>>,
): Promise<PresignedUpload> {
  const { size, expiresIn, ...description } = given;
  const now = library.now();
  const row = pendingRow(description, size, now, now + (expiresIn + CONFIRM_WITHIN) * 1000);
  const uploadKey = temporaryKey(`presigned/${row.id}`);
  const headers = { "Content-Type": row.contentType, "Content-Length": String(size) };
  const presigned = await signer.sign("PUT", uploadKey, expiresIn, headers);
  await reserve(library, { ...row, uploadKey });
  const confirm = `/api/v1/documents/${row.id}/confirm`;
  return { id: row.id, key: row.key, ...presigned, headers, confirm };
}

/** The upload to a presigned address is done: have it count. Asking again is safe. */
export async function confirm(library: Library, id: string): Promise<DocumentRow> {
  const row = await library.table.find(id);
  if (row === undefined || row.uploadId !== null) throw notFound("document");
  return row.status === "pending" ? completeUploaded(library, row) : row;
}
