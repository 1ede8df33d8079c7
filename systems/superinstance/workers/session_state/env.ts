import type { SessionState } from "./object";

/** What the platform binds to the worker. Numbers arrive as text: see `config.ts`. */
export interface Env {
  SESSION_STATE: DurableObjectNamespace<SessionState>;

  SESSIONS_PER_USER: string;
  MESSAGES_PER_SESSION: string;
  RECALLED_MESSAGES: string;
}
