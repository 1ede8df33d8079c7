import type { Owners } from "#lib/bearer";

/** A condition of SQL, whose parameters are question marks without numbers. */
export interface Condition {
  sql: string;
  values: string[];
}

/** Whether the column `chitty_id` is one of *owners*, and *chittyId* where one is asked for. */
export function ownedBy(owners: Owners, chittyId?: string): Condition {
  const terms = ["TRUE"];
  const values: string[] = [];
  if (chittyId !== undefined) {
    terms.push("chitty_id = ?");
    values.push(chittyId);
  }
  if (owners !== null) {
    terms.push("chitty_id IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(owners));
  }
  return { sql: terms.join(" AND "), values };
}
