import { routesOf } from "#lib/route";
import type { Env } from "./env";
import type { SCOPES } from "./principal";

/** Makes an address. */
export const route = routesOf<Env, (typeof SCOPES)[number]>();
