import * as v from "valibot";

import { ApiError } from "#lib/errors";
import { setting } from "#lib/variables";
import type { Env } from "../env";

const EXPECTED = "JSON of services, each with vaults and tokens";

const SERVICES = v.pipe(
  v.string(),
  v.transform((text) => text || "{}"),
  v.parseJson(undefined, EXPECTED),
  v.record(v.string(), v.object({ vaults: v.array(v.string()), tokens: v.array(v.string()) }), EXPECTED),
);

/** Who wants what of which vault. */
export interface Claim {
  service: string;
  credentialPath: string;
}

/**
 * Refuse a *claim* that the configuration does not allow (OP-3): the service is not listed, the
 * vault is not one of its vaults, or the API token *tokenId* may not speak for it. Without a Connect
 * server and without a list, everybody may ask for what the worker has itself.
 */
export function checkPermission(env: Env, claim: Claim, tokenId: string, hasServer: boolean): void {
  const services = setting(env, "SERVICE_VAULTS", SERVICES);
  if (!hasServer && Object.keys(services).length === 0) return;
  const { service, credentialPath } = claim;
  const [vault = ""] = credentialPath.split("/");
  const allowed = Object.hasOwn(services, service) ? services[service] : undefined;
  if (allowed === undefined) throw refused("service_not_allowed", `${service} may read no vault`);
  if (!allowed.vaults.includes(vault)) throw refused("vault_not_allowed", `${service} may not read the vault ${vault}`);
  const speaks = allowed.tokens.length === 0 || allowed.tokens.includes(tokenId);
  if (!speaks) throw refused("service_token_not_allowed", `this token may not speak for ${service}`);
}

function refused(code: string, why: string): ApiError {
  return new ApiError(403, code, `${why}; credentials.services of the configuration says who reads what`);
}
