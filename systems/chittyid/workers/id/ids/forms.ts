import { checkValue } from "./check_value";

const MINTED = /^CHITTY-([A-Z]{2,8})-(\d{7}|[1-9]\d{7,11})-([0-9A-Z]{4})$/;
const STRUCTURED = /^\d{2}-[A-Z]-[A-Z]{3,4}-\d{4}-([A-Z])-\d{2}(?:0[1-9]|1[0-2])-[A-Z]-[0-9A-Z]$/;
const NUMBER_DIGITS = 7;

/** What the text of an id says by itself. */
export type Reading =
  | { valid: true; form: "minted"; chittyId: string; entityType: string; number: number }
  | { valid: true; form: "structured"; chittyId: string; entityType: string }
  | { valid: false; form: "minted" | null; chittyId: string; reason: "form" | "check_value" };

/** Return the id that number *number* gets as an entity of *entityType*: `CHITTY-EVNT-0001234-A1B2`. */
export function mintedId(entityType: string, number: number): string {
  const digits = String(number).padStart(NUMBER_DIGITS, "0");
  return `CHITTY-${entityType}-${digits}-${checkValue(entityType + digits)}`;
}

/**
 * Read *text* as an id of either form; small letters count as capital ones.
 *
 * `CHITTY-EVNT-0001234-A1B2` has a check value. `01-C-PROD-0001-P-2501-A-X` (version, region, place, number, type,
 * year and month, class, last character) is looked at for its form alone: how its last character comes about is
 * not described.
 */
export function readId(text: string): Reading {
  const chittyId = text.toUpperCase();
  const [, structuredType] = STRUCTURED.exec(chittyId) ?? [];
  if (structuredType !== undefined) return { valid: true, form: "structured", chittyId, entityType: structuredType };
  const [, entityType, digits, check] = MINTED.exec(chittyId) ?? [];
  if (entityType === undefined || digits === undefined) return { valid: false, form: null, chittyId, reason: "form" };
  if (check !== checkValue(entityType + digits)) {
    return { valid: false, form: "minted", chittyId, reason: "check_value" };
  }
  return { valid: true, form: "minted", chittyId, entityType, number: Number(digits) };
}
