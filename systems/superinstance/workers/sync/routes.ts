import type { Route } from "#lib/route";
import { CONFLICT_ROUTES } from "./conflicts/routes";
import { ENTRY_ROUTES } from "./entries/routes";
import type { Env } from "./env";
import { FILE_ROUTES } from "./files/routes";
import { LOCK_ROUTES } from "./lock/routes";
import { STATUS_ROUTES } from "./status/routes";

/** Below which a token is wanted, and everything stands. */
export const BASE = "/sync";

/** Everything below it. */
export const ROUTES: readonly Route<Env>[] = [...ENTRY_ROUTES, ...FILE_ROUTES, ...CONFLICT_ROUTES, ...LOCK_ROUTES, ...STATUS_ROUTES];
