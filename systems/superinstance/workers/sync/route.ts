import { routesOf } from "#lib/route";
import type { Env } from "./env";
import type { SCOPES } from "./identity/token";

/** Makes an address. */
export const route = routesOf<Env, (typeof SCOPES)[number]>();
