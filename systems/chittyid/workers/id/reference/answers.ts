import * as v from "valibot";

import { described } from "#lib/schema";
import { ID_RECORD } from "../ids/copies";
import type { TokenEntry } from "../tokens/model";

const time = described(v.string(), { type: "string", format: "date-time" });
const scopes = v.array(v.string());

/** An id that was minted. */
export const ID = ID_RECORD;

export const VALIDATION = v.strictObject({
  chittyId: v.string(),
  valid: v.boolean(),
  form: v.nullable(v.picklist(["minted", "structured"])),
  entity_type: v.nullable(v.string()),
  minted: v.nullable(v.boolean()),
  reason: v.nullable(v.picklist(["form", "check_value"])),
});

const SHOWN = { token: v.string(), token_id: v.string(), expires_at: time, scopes };

export const GENERATED = v.strictObject(SHOWN);

export const ROTATED = v.strictObject({ ...SHOWN, replaces: v.string(), former_expires_at: time });

const TOKEN = v.strictObject({
  token_id: v.string(),
  description: v.string(),
  scopes,
  issued_at: time,
  issued_by: v.string(),
  expires_at: time,
  revoked_at: v.nullable(time),
  replaces: v.nullable(v.string()),
}) satisfies v.GenericSchema<unknown, TokenEntry>;

export const TOKENS = v.strictObject({ tokens: v.array(TOKEN), cursor: v.nullable(v.string()) });
