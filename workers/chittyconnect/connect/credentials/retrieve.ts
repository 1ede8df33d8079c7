import { ApiError, unavailable } from "../../../lib/errors";
import type { Env } from "../env";

/** Which credential is asked for, by whom, and why. */
export interface CredentialDemand {
  service: string;
  /** Vault, item and field. */
  credentialPath: string;
  purpose: string;
}

/** A credential and where it came from. */
export interface Credential {
  value: string;
  source: "worker_secret";
}

/**
 * What may be handed out, and the worker's own secret it falls back to. The worker has other
 * secrets (its tokens, its keys for storage): a path that is not listed here reaches none.
 */
const FALLBACK_SECRETS: Readonly<Record<string, string>> = {
  "services/chittyid/service_token": "CHITTYID_SERVICE_TOKEN",
  "services/chittyrouter/service_token": "CHITTYROUTER_SERVICE_TOKEN",
  "services/chittyregistry/service_token": "CHITTYREGISTRY_SERVICE_TOKEN",
};

/**
 * The credential that *demand* asks for (CC-11). With an empty `ONEPASSWORD_CONNECT_URL` it comes
 * from the worker's own secrets.
 */
export async function retrieve(env: Env, demand: CredentialDemand): Promise<Credential> {
  if (env.ONEPASSWORD_CONNECT_URL.trim() !== "") throw connectUnavailable();
  return Promise.resolve(fromSecrets(env, demand.credentialPath));
}

function fromSecrets(env: Env, path: string): Credential {
  const name = Object.hasOwn(FALLBACK_SECRETS, path) ? FALLBACK_SECRETS[path] : undefined;
  if (name === undefined) throw new ApiError(403, "credential_not_allowed", `${path} is not handed out`);
  const value = (env as unknown as Record<string, unknown>)[name];
  if (typeof value === "string" && value !== "") return { value, source: "worker_secret" };
  throw new ApiError(404, "credential_not_found", `${path} is not set on this deployment`);
}

function connectUnavailable(): ApiError {
  return unavailable("credential_store_unavailable", "1Password Connect cannot be reached", 60);
}
