import { AwsClient } from "aws4fetch";

import { MisconfiguredError, notFound, unavailable } from "../../../lib/errors";
import type { Json } from "../../../lib/json";
import { fields, integerOr } from "../../../lib/validate";
import { variable } from "../config";
import type { Env } from "../env";
import { completeUploaded, reserve } from "./lifecycle";
import type { Library } from "./library";
import { announcedSize, description, pendingRow, temporaryKey, type DocumentRow } from "./model";

// S3 signs for a week at most.
const EXPIRES_IN = { min: 1, max: 7 * 86_400 };
const EXPIRES_IN_DEFAULT = 900;
// What is uploaded in the last second must still be confirmed.
const CONFIRM_WITHIN = 86_400_000;

/** An address that works without a token until *expiresAt*. */
export interface Presigned {
  method: "GET" | "PUT";
  url: string;
  expiresAt: string;
}

/** A document that is reserved: PUT the bytes to *url* with *headers*, then POST to *confirm*. */
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

  /** Sign *method* on *key* for *expiresIn* seconds. */
  async sign(method: Presigned["method"], key: string, expiresIn: number): Promise<Presigned> {
    const path = key.split("/").map(encodeURIComponent).join("/");
    const url = new URL(`${this.bucketUrl}/${path}`);
    url.searchParams.set("X-Amz-Expires", String(expiresIn));
    const signed = await this.client.sign(url.href, { method, aws: { signQuery: true } });
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
  return signer.sign("GET", row.key, expiresIn(fields(body, ["expiresIn"])));
}

/** Reserve the document that *body* describes, and an address to upload it to. */
export async function presignUpload(
  library: Library,
  signer: Presigner,
  body: Json,
): Promise<PresignedUpload> {
  const names = ["chittyId", "type", "name", "contentType", "size", "metadata", "expiresIn"];
  const given = fields(body, names);
  const seconds = expiresIn(given);
  const size = announcedSize(given["size"], library.limits.maxUploadBytes);
  const now = library.now();
  const row = pendingRow(description(given), size, now, now + seconds * 1000 + CONFIRM_WITHIN);
  const uploadKey = temporaryKey(`presigned/${row.id}`);
  const presigned = await signer.sign("PUT", uploadKey, seconds);
  await reserve(library, { ...row, uploadKey });
  const confirm = `/api/v1/documents/${row.id}/confirm`;
  return { id: row.id, key: row.key, ...presigned, headers: { "Content-Type": row.contentType }, confirm };
}

/** The upload to a presigned address is done: have it count. Asking again is safe. */
export async function confirm(library: Library, id: string): Promise<DocumentRow> {
  const row = await library.table.find(id);
  if (row === undefined || row.uploadId !== null) throw notFound("document");
  return row.status === "pending" ? completeUploaded(library, row) : row;
}

function expiresIn(given: Record<string, unknown>): number {
  return integerOr(given["expiresIn"], "expiresIn", EXPIRES_IN, EXPIRES_IN_DEFAULT);
}
