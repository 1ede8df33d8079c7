import { routesOf } from "#lib/route";
import type { Env } from "./env";

/** What a token may be good for. */
export const SCOPES = ["projects:read", "projects:write", "sessions:read", "sessions:write"] as const;

/**
 * What a route asks for: a scope of a token, `self`, which every token has, or `suggestions`, which everybody
 * has. They are given by `principal.ts`.
 */
export type Scope = (typeof SCOPES)[number] | "self" | "suggestions";

/** Makes an address. */
export const route = routesOf<Env, Scope>();
