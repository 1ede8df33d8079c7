import type { ApiEnv } from "#lib/route";
import type { SyncState } from "./lock/state";

/** What the platform binds to the worker. */
export interface Env extends ApiEnv {
  SYNC_STATE: DurableObjectNamespace<SyncState>;
  DB: D1Database;
  /** Bytes of the collection `knowledge`. */
  KNOWLEDGE_STORE: R2Bucket;
  /** Bytes of the collection `lora`. */
  MODEL_CACHE: R2Bucket;

  ENVIRONMENT: string;
  CORS_ORIGIN: string;
  /** Who gives tokens: their `iss`. */
  JWT_ISSUER: string;
  /** What tokens are for: among their `aud`. */
  JWT_AUDIENCE: string;
  /** Where the issuer's public keys are: a JWK Set. */
  JWKS_URL: string;
  REQUESTS_PER_MINUTE: string;
}
