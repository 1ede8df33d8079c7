import { ApiError } from "#lib/errors";
import { variable } from "#lib/variables";
import type { Env } from "../env";
import { ConnectClient } from "./connect_client";

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

/**
 * The credential at *path* (CC-11): from 1Password Connect, or from the worker's own secrets while
 * `ONEPASSWORD_CONNECT_URL` is empty. An answer that Connect owes is never made up for by an older
 * one: 503 when it cannot be reached. 403 or 404 when there is nothing to hand out.
 */
export async function retrieve(env: Env, path: string, fetcher: typeof fetch = fetch): Promise<Credential> {
  const url = variable(env, "ONEPASSWORD_CONNECT_URL").replace(/\/+$/, "");
  if (url === "") return fromSecrets(env, path);
  const client = new ConnectClient(url, env.ONEPASSWORD_CONNECT_TOKEN ?? "", fetcher);
  const value = await client.field(path);
  if (value === undefined) throw notSet(path);
  return { value, source: "onepassword_connect" };
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
