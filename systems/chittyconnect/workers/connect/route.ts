import { routesOf, type ApiContext } from "#lib/route";
import type { Env } from "./env";

/** What a token may be good for. */
type Scope =
  | "sessions:read"
  | "sessions:write"
  | "documents:read"
  | "documents:write"
  | "credentials:read"
  | "metrics:read";

/** One request with everything that belongs to it. */
export type AppContext = ApiContext<Env>;

/** Makes an address under `/api/v1`. */
export const route = routesOf<Env, Scope>();
