import type { Route } from "#lib/route";
import type { Env } from "./env";
import { ID_ROUTES } from "./ids/routes";
import { TOKEN_ROUTES } from "./tokens/routes";

/** Below which paths a token is wanted. */
export const GUARDED = ["/v1", "/admin"] as const;

/** Everything below them. */
export const ROUTES: readonly Route<Env>[] = [...ID_ROUTES, ...TOKEN_ROUTES];
