/** What the platform binds to the worker. Numbers and lists arrive as text: see `config.ts`. */
export interface Env {
  PROJECT_AWARENESS_DO: DurableObjectNamespace;
  SESSION_SYNC_DO: DurableObjectNamespace;
  ADDRESS_GUARD_DO: DurableObjectNamespace;
  SESSION_STORE: KVNamespace;
  PROJECT_STORE: KVNamespace;
  CROSS_PLATFORM_SYNC: KVNamespace;
  PROJECT_DATA_BUCKET: R2Bucket;
  ANALYTICS_BUCKET: R2Bucket;
  USAGE_ANALYTICS: AnalyticsEngineDataset;
  PERFORMANCE_METRICS: AnalyticsEngineDataset;
  SECURITY_EVENTS: AnalyticsEngineDataset;

  ENVIRONMENT: string;
  OWN_ORIGIN: string;
  CHITTY_REGISTRY_URL: string;
  CHITTYCHAT_API_URL: string;
  CHITTYID_API_URL: string;
  CORS_ORIGIN: string;
  SESSION_TIMEOUT: string;
  MAX_SESSIONS_PER_IP: string;
  MAX_SOCKETS_PER_IP: string;
  RATE_LIMIT_RPM: string;
  RATE_LIMITS: string;
  CACHE_TTL: string;
  EDGE_CACHE_TTL: string;

  API_TOKENS: string;
  BACKUP_KEY?: string;
  SIGNING_KEY: string;
  LOAD_TEST_KEY?: string;
}
