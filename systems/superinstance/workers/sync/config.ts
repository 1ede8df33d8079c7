import { MisconfiguredError } from "#lib/errors";
import { count, setting, variable, type VariableOf } from "#lib/variables";
import type { Env } from "./env";

const LOOPBACK = ["127.0.0.1", "localhost"];

const REQUESTS_PER_MINUTE = count(600);

/** Requests that a user may make in any 60 seconds. */
export function requestsPerMinute(env: Env): number {
  return setting(env, "REQUESTS_PER_MINUTE", REQUESTS_PER_MINUTE);
}

/** Who gives tokens, what for, and where the keys are that they are signed with. */
export interface Trust {
  issuer: string;
  audience: string;
  jwksUrl: URL;
}

/** Return whose tokens are taken. MisconfiguredError when that is not said, or the keys would come in clear. */
export function trust(env: Env): Trust {
  return { issuer: given(env, "JWT_ISSUER"), audience: given(env, "JWT_AUDIENCE"), jwksUrl: jwksUrl(env) };
}

function given(env: Env, name: VariableOf<Env>): string {
  const value = variable(env, name);
  if (value === "") throw new MisconfiguredError(name, "given");
  return value;
}

/** Whoever can change the answer to this address can sign for everybody. */
function jwksUrl(env: Env): URL {
  const text = given(env, "JWKS_URL");
  const url = parsed(text);
  const isLocal = variable(env, "ENVIRONMENT") === "development" && LOOPBACK.includes(url?.hostname ?? "");
  if (url === null || !(url.protocol === "https:" || (url.protocol === "http:" && isLocal))) {
    throw new MisconfiguredError("JWKS_URL", "an address by https");
  }
  return url;
}

function parsed(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
