import type { DocumentEvent } from "./documents/events";

/** What the platform binds to the worker. Numbers and switches arrive as text: see `config.ts`. */
export interface Env {
  SESSION_STATE: DurableObjectNamespace;
  TOKEN_KV: KVNamespace;
  DOCUMENT_STORAGE: R2Bucket;
  DB: D1Database;
  DOCUMENT_EVENTS: Queue<DocumentEvent>;

  ENVIRONMENT: string;
  ENABLE_DURABLE_OBJECTS: string;
  DO_ROLLOUT_PERCENTAGE: string;
  ENABLE_R2_STORAGE: string;
  ONEPASSWORD_CONNECT_URL: string;
  SERVICE_VAULTS: string;
  CORS_ORIGIN: string;
  R2_S3_ENDPOINT: string;
  R2_BUCKET_NAME: string;
  QUOTA_BYTES: string;
  QUOTA_DOCUMENTS: string;
  MAX_UPLOAD_BYTES: string;
  SESSION_TTL_SECONDS: string;
  SESSION_MAX_BYTES: string;

  API_TOKENS: string;
  BACKUP_KEY?: string;
  R2_ACCESS_KEY_ID?: string;
  R2_SECRET_ACCESS_KEY?: string;
  ONEPASSWORD_CONNECT_TOKEN?: string;
  ONEPASSWORD_CONNECT_TOKENS?: string;
  ONEPASSWORD_CONNECT_TOKEN_PREVIOUS?: string;
  ONEPASSWORD_CONNECT_TOKENS_PREVIOUS?: string;
  ONEPASSWORD_ACCESS_CLIENT_ID?: string;
  ONEPASSWORD_ACCESS_CLIENT_SECRET?: string;
  CHITTYID_SERVICE_TOKEN?: string;
}
