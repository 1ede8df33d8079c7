import { ApiError } from "#lib/errors";
import { log } from "#lib/log";
import type { Call } from "#lib/route";
import { object, text, type Read, type Schema } from "#lib/schema";
import type { Env } from "../env";
import { route, type AppContext } from "../route";
import { retrieve } from "./retrieve";

const MAX_BODY_BYTES = 8 * 1024;

/** Which credential is asked for, by whom, and why. */
const DEMAND = object({
  service: text(/^[a-z0-9][a-z0-9_-]{0,63}$/, "1 to 64 lower-case letters, digits, '_' or '-'"),
  credentialPath: text(
    /^[a-z0-9_-]{1,64}(?:\/[a-z0-9_-]{1,64}){2}$/,
    '"vault/item/field", of lower-case letters, digits, "_" or "-"',
  ),
  purpose: text(/^[\x20-\x7e]{1,200}$/, "1 to 200 printable characters"),
});

type CredentialDemand = Read<typeof DEMAND>;

/** Everything under `/api/v1/credentials`. */
export const CREDENTIAL_ROUTES = [
  route({
    method: "POST",
    path: "/credentials/provision",
    scope: "credentials:read",
    body: { schema: () => DEMAND, limit: () => MAX_BODY_BYTES },
    handle: provision,
    refused: (c) => {
      audit(c, { outcome: "refused", reason: "insufficient_scope" });
    },
  }),
];

async function provision({ c, env, principal, body }: Call<Env, Schema, Schema, typeof DEMAND>): Promise<Response> {
  let demand: CredentialDemand | undefined;
  try {
    demand = await body();
    const credential = await retrieve(env, demand, principal.tokenId);
    audit(c, { ...demand, outcome: credential.source });
    return c.json({ ...demand, ...credential, provisionedAt: new Date().toISOString() });
  } catch (error) {
    const reason = error instanceof ApiError ? error.code : "internal_error";
    audit(c, { ...demand, outcome: "refused", reason });
    throw error;
  }
}

/** Who asked for which credential and why; never its value, nor anything that is not of its form. */
function audit(c: AppContext, facts: Partial<CredentialDemand> & { outcome: string; reason?: string }): void {
  log("info", "credential_audit", { ...facts, tokenId: c.get("principal").tokenId });
}
