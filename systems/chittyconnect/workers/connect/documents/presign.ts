import { AwsClient } from "aws4fetch";

import { MisconfiguredError, notFound, unavailable } from "#lib/errors";
import type { Json } from "#lib/json";
import { fields, integerOr, type Range } from "#lib/validate";
import { variable } from "../config";
import type { Env } from "../env";
import { completeUploaded, reserve } from "./lifecycle";
import type { Library } from "./library";
import { announcedSize, description, pendingRow, temporaryKey, type DocumentRow } from "./model";

const DAY = 86_400;
// S3 signs for a week at most.
const DOWNLOAD_WITHIN = { min: 1, max: 7 * DAY };
const EXPIRES_IN_DEFAULT = 900;
// What is uploaded in the last second must still be confirmed.
const CONFIRM_WITHIN = DAY;
// Shorter than the seven days after which a rule of the bucket deletes what lies under temp/: what
// is uploaded at once can be confirmed to the end.
const UPLOAD_WITHIN = { min: 1, max: 6 * DAY - 1 };

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
  const endpoint = variable(env, "R2_S3_ENDPOINT").replace(/\/+$/, "");
  if (!/^https?:\/\/./.test(endpoint)) throw new MisconfiguredError("R2_S3_ENDPOINT", "an http(s) address");
  const client = new AwsClient({ accessKeyId, secretAccessKey, service: "s3", region: "auto" });
  return new Presigner(client, `${endpoint}/${variable(env, "R2_BUCKET_NAME")}`, now);
}

/** An address to download *row*. */
export function presignDownload(signer: Presigner, row: DocumentRow, body: Json): Promise<Presigned> {
  return signer.sign("GET", row.key, expiresIn(fields(body, ["expiresIn"]), DOWNLOAD_WITHIN));
}

/** Reserve the document that *body* describes, and an address to upload it to. */
export async function presignUpload(
  library: Library,
  signer: Presigner,
  body: Json,
): Promise<PresignedUpload> {
  const names = ["chittyId", "type", "name", "contentType", "size", "metadata", "expiresIn"];
  const given = fields(body, names);
  const seconds = expiresIn(given, UPLOAD_WITHIN);
  const size = announcedSize(given["size"], library.limits.maxUploadBytes);
  const now = library.now();
  const row = pendingRow(description(given), size, now, now + (seconds + CONFIRM_WITHIN) * 1000);
  const uploadKey = temporaryKey(`presigned/${row.id}`);
  const headers = { "Content-Type": row.contentType, "Content-Length": String(size) };
  const presigned = await signer.sign("PUT", uploadKey, seconds, headers);
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

function expiresIn(given: Record<string, unknown>, range: Range): number {
  return integerOr(given["expiresIn"], "expiresIn", range, EXPIRES_IN_DEFAULT);
}
