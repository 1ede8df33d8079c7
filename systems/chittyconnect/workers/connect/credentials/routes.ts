import { readJson } from "#lib/body";
import { ApiError } from "#lib/errors";
import { log } from "#lib/log";
import { fields, text } from "#lib/validate";
import type { AppContext, Route } from "../route";
import { retrieve, type CredentialDemand } from "./retrieve";

const MAX_BODY_BYTES = 8 * 1024;

const SERVICE = {
  pattern: /^[a-z0-9][a-z0-9_-]{0,63}$/,
  expected: "1 to 64 lower-case letters, digits, '_' or '-'",
};
const PATH = {
  pattern: /^[a-z0-9_-]{1,64}(?:\/[a-z0-9_-]{1,64}){2}$/,
  expected: '"vault/item/field", of lower-case letters, digits, "_" or "-"',
};
const PURPOSE = {
  pattern: /^[\x20-\x7e]{1,200}$/,
  expected: "1 to 200 printable characters",
};

/** Everything under `/api/v1/credentials`. */
export const CREDENTIAL_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/credentials/provision",
    scope: "credentials:read",
    handle: provision,
    refused: (c) => {
      audit(c, { outcome: "refused", reason: "insufficient_scope" });
    },
  },
];

async function provision(c: AppContext): Promise<Response> {
  let demand: CredentialDemand | undefined;
  try {
    demand = parseDemand(await readJson(c.req.raw, MAX_BODY_BYTES));
    const credential = await retrieve(c.env, demand.credentialPath);
    audit(c, { ...demand, outcome: credential.source });
    const answer = { ...demand, ...credential, provisionedAt: new Date().toISOString() };
    return c.json(answer, 200, { "Cache-Control": "no-store" });
  } catch (error) {
    const reason = error instanceof ApiError ? error.code : "internal_error";
    audit(c, { ...demand, outcome: "refused", reason });
    throw error;
  }
}

function parseDemand(body: Parameters<typeof fields>[0]): CredentialDemand {
  const given = fields(body, ["service", "credentialPath", "purpose"]);
  return {
    service: text(given["service"], "service", SERVICE),
    credentialPath: text(given["credentialPath"], "credentialPath", PATH),
    purpose: text(given["purpose"], "purpose", PURPOSE),
  };
}

/** Who asked for which credential and why; never its value, nor anything that is not of its form. */
function audit(c: AppContext, facts: Partial<CredentialDemand> & { outcome: string; reason?: string }): void {
  log("info", "credential_audit", { ...facts, tokenId: c.get("principal").tokenId });
}
