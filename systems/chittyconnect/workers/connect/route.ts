import type { Context } from "hono";

import type { Principal } from "#lib/bearer";
import type { Env } from "./env";

/** What a token may be good for. */
export type Scope =
  | "sessions:read"
  | "sessions:write"
  | "documents:read"
  | "documents:write"
  | "credentials:read"
  | "metrics:read";

/** Types of the router: bindings, and who asks. */
export interface AppEnv {
  Bindings: Env;
  Variables: { principal: Principal };
}

/** One request with everything that belongs to it. */
export type AppContext = Context<AppEnv>;

/** An address under `/api/v1`, the scope it asks for, and who answers. */
export interface Route {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  path: string;
  scope: Scope;
  handle: (c: AppContext) => Promise<Response>;
  /** Told when the token lacks the scope. Default: nobody is. */
  refused?: (c: AppContext) => void;
}
