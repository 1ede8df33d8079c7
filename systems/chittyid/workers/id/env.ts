/** What the platform binds to the worker. Lists arrive as text: see `config.ts`. */
export interface Env {
  DB: D1Database;
  CHITTYID_KV: KVNamespace;

  ENVIRONMENT: string;
  CORS_ORIGIN: string;
  ENTITY_TYPES: string;

  API_TOKENS: string;
}
