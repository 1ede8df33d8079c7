import * as v from "valibot";

import { ApiError, MisconfiguredError } from "#lib/errors";
import { variable } from "#lib/variables";
import type { Env } from "../env";
import { ConnectClient } from "./connect_client";
import { checkPermission, type Claim } from "./permissions";
import type { ConnectServer } from "./requests";

const HEALTH_MS = 2_000;

/** A credential and where it came from. */
export interface Credential {
  value: string;
  source: "onepassword_connect" | "worker_secret";
}

/**
 * What may be handed out of the worker's own secrets. The worker has others (its tokens, its keys
 * for storage): a path that is not listed here reaches none.
 */
const FALLBACK_SECRETS: ReadonlyMap<string, "CHITTYID_SERVICE_TOKEN"> = new Map([
  ["services/chittyid/service_token", "CHITTYID_SERVICE_TOKEN"],
]);

const TOKENS = v.record(v.string(), v.string());
type TokensName = "ONEPASSWORD_CONNECT_TOKENS" | "ONEPASSWORD_CONNECT_TOKENS_PREVIOUS";

/**
 * The credential that *claim* wants (CC-11): from 1Password Connect, or from the worker's own secrets
 * while `ONEPASSWORD_CONNECT_URL` is empty. An answer that Connect owes is never made up for by an
 * older one: 503 when it cannot be reached. 403 or 404 when there is nothing to hand out.
 *
 * @param tokenId Id of the API token that asks.
 */
export async function retrieve(
  env: Env,
  claim: Claim,
  tokenId: string,
  fetcher: typeof fetch = fetch,
): Promise<Credential> {
  const url = address(env);
  checkPermission(env, claim, tokenId, url !== "");
  const path = claim.credentialPath;
  if (url === "") return fromSecrets(env, path);
  const value = await new ConnectClient(serverFor(env, url, claim.service), fetcher).field(path);
  if (value === undefined) throw notSet(path);
  return { value, source: "onepassword_connect" };
}

/** Throw unless the Connect server answers, where there is one. It says nothing of its token. */
export async function probeServer(env: Env, fetcher: typeof fetch = fetch): Promise<void> {
  const url = address(env);
  if (url === "") return;
  const init: RequestInit = { headers: access(env), redirect: "manual", signal: AbortSignal.timeout(HEALTH_MS) };
  const response = await fetcher.call(undefined, `${url}/heartbeat`, init);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url}/heartbeat answered ${response.status}`);
}

function address(env: Env): string {
  return variable(env, "ONEPASSWORD_CONNECT_URL").replace(/\/+$/, "");
}

/** A service with a token of its own is asked for with that one: it sees only its vaults. */
function serverFor(env: Env, url: string, service: string): ConnectServer {
  const server = { url, access: access(env) };
  const own = ownToken(env, "ONEPASSWORD_CONNECT_TOKENS", service);
  if (own === undefined) {
    const previous = env.ONEPASSWORD_CONNECT_TOKEN_PREVIOUS;
    return { ...server, token: env.ONEPASSWORD_CONNECT_TOKEN ?? "", ...(previous ? { previous } : {}) };
  }
  const previous = ownToken(env, "ONEPASSWORD_CONNECT_TOKENS_PREVIOUS", service);
  return { ...server, token: own, ...(previous ? { previous } : {}) };
}

function ownToken(env: Env, name: TokensName, service: string): string | undefined {
  const tokens = tokensIn(env, name);
  return Object.hasOwn(tokens, service) ? tokens[service] : undefined;
}

function tokensIn(env: Env, name: TokensName): Record<string, string> {
  try {
    return v.parse(TOKENS, JSON.parse(env[name] ?? "{}"));
  } catch {
    throw new MisconfiguredError(name, "a JSON object of services with a token each");
  }
}

function access(env: Env): Record<string, string> {
  const { ONEPASSWORD_ACCESS_CLIENT_ID: id, ONEPASSWORD_ACCESS_CLIENT_SECRET: secret } = env;
  return id && secret ? { "CF-Access-Client-Id": id, "CF-Access-Client-Secret": secret } : {};
}

function fromSecrets(env: Env, path: string): Credential {
  const name = FALLBACK_SECRETS.get(path);
  if (name === undefined) throw new ApiError(403, "credential_not_allowed", `${path} is not handed out`);
  const value = env[name] ?? "";
  if (value === "") throw notSet(path);
  return { value, source: "worker_secret" };
}

function notSet(path: string): ApiError {
  return new ApiError(404, "credential_not_found", `there is no credential at ${path}`);
}
