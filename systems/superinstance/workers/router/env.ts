import type { Copying } from "#lib/backup/door";
import type { ApiEnv } from "#lib/route";
import type { SessionsApi } from "../session_state/api";
import type { CallJournal } from "./calls/journal";

/** What the platform binds to the worker. Lists and numbers arrive as text: see `config.ts`. */
export interface Env extends ApiEnv {
  BILLING: Fetcher;
  SESSIONS: SessionsApi & Copying;
  API_KEYS: KVNamespace;
  RATE_LIMITS: KVNamespace;
  CALLS: DurableObjectNamespace<CallJournal>;

  ENVIRONMENT: string;
  CORS_ORIGIN: string;
  MODELS: string;
  REQUESTS_PER_MINUTE: string;
  PROVIDER_TIMEOUT_SECONDS: string;
  ANSWER_SECONDS: string;
  REQUIRE_BALANCE: string;
  ANTHROPIC_URL: string;
  OPENAI_URL: string;

  API_TOKENS: string;
  BACKUP_KEY: string;
  ANTHROPIC_API_KEY: string;
  OPENAI_API_KEY: string;
}
