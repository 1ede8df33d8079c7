import type { Route } from "#lib/route";
import { ACCOUNT_ROUTES } from "./account/routes";
import { IMPORT_ROUTES } from "./account/imports";
import { TOPUP_ROUTES } from "./account/topups";
import type { Env } from "./env";
import { ESCALATE_ROUTES } from "./escalate/routes";
import { NATIVE_ROUTES } from "./native/routes";
import { SESSION_ROUTES } from "./sessions/routes";

/** Below which paths a key is wanted. */
export const GUARDED = ["/v1"] as const;

/** Everything below them. */
export const ROUTES: readonly Route<Env>[] = [...ESCALATE_ROUTES, ...NATIVE_ROUTES, ...SESSION_ROUTES, ...ACCOUNT_ROUTES, ...TOPUP_ROUTES, ...IMPORT_ROUTES];
