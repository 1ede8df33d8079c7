import { routesOf } from "#lib/route";
import type { Env } from "./env";

/** What a token that is issued may be good for. */
export const SCOPES = ["mint", "validate", "read"] as const;

/** What a token may be good for; `admin` is for tokens of the configuration alone. */
type Scope = (typeof SCOPES)[number] | "admin";

/** Makes an address. */
export const route = routesOf<Env, Scope>();
