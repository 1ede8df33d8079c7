import type { Operation, Reference } from "#lib/openapi";
import { BASE, ROUTES } from "../app";
import type { Env } from "../env";
import * as answers from "./answers";
import { DOCUMENT_OPERATIONS } from "./documents";
import { SESSION_OPERATIONS } from "./sessions";

const CREDENTIAL_OPERATIONS: Record<string, Operation> = {
  "POST /credentials/provision": {
    summary: "Return a credential of another service.",
    more:
      "It comes from 1Password Connect, or from the worker's own secrets while there is no such server. A service reads " +
      "the vaults that the configuration opens to it, no others. Every demand is on record with its token and purpose, " +
      "those refused as well. It belongs to no owner: a token bound to owners needs no such scope.",
    answers: { 200: { what: "The credential", schema: answers.CREDENTIAL } },
    refusals: {
      403: ["credential_not_allowed", "service_not_allowed", "vault_not_allowed", "service_token_not_allowed"],
      404: ["credential_not_found"],
      409: ["credential_ambiguous"],
      503: ["credential_store_unavailable", "credential_store_refused"],
    },
    example: {
      body: {
        service: "chittyid",
        credentialPath: "services/chittyid/service_token",
        purpose: "Mint an identity",
      },
    },
  },
};

const INTRO = [
  "Sessions, documents and credentials. Every address wants `Authorization: Bearer …`, but for `GET /health`. Answers " +
    'are JSON and not to be stored; a refusal is `{"error": {"code", "message"}}`: the code is for programs, the message ' +
    "names the field and what is allowed. With 503 comes `Retry-After`.",
  "**Whose data a token reaches.** A token may be bound to owners (`owners` of its entry, a list of `chittyId`). It reads, " +
    "lists, counts and changes what is theirs; anything else is not there (404), and nothing is created for others (403, " +
    "`owner_not_allowed`). A token without owners is a service's: it reaches everybody's data, and whoever holds it has to " +
    "check for whom it acts. Ids of sessions are one space for all owners: 409 says that an id is taken, whoever has it.",
  "In the examples `CONNECT` is the address (`https://connect.chitty.cc`) and `TOKEN` a token with the scope. `DOCUMENT`, " +
    "`PRESIGNED` and `UPLOAD` are the `id` of a document, the `id` that a presigned upload answered, and an `uploadId`; " +
    "`ETAG` is the `etag` of a part.",
];

/** Limits of a deployment that sets none. */
const DEFAULTS = {} as Env;

/** The reference of ChittyConnect. */
export const REFERENCE: Reference<Env> = {
  name: "chittyconnect",
  title: "API of ChittyConnect",
  host: "connect.chitty.cc",
  variable: "CONNECT",
  intro: INTRO,
  base: BASE,
  routes: ROUTES,
  operations: { ...SESSION_OPERATIONS, ...DOCUMENT_OPERATIONS, ...CREDENTIAL_OPERATIONS },
  schemas: { Session: answers.SESSION, Document: answers.DOCUMENT },
  env: DEFAULTS,
};
