import * as v from "valibot";

import { parameters, text, wholeNumber, type Read } from "#lib/schema";
import { CHITTY_ID } from "../sessions/model";
import { DOCUMENT_TYPE, fold, publicDocument, type StoredDocument } from "./model";
import type { DocumentTable } from "./table";

const MAX_QUERY = 200;
const MAX_WORDS = 8;
const EXPECTED_QUERY = `at most ${MAX_WORDS} words and ${MAX_QUERY} characters`;

const q = v.pipe(
  v.string(EXPECTED_QUERY),
  v.maxLength(MAX_QUERY, EXPECTED_QUERY),
  v.transform((query) => fold(query).split(/\s+/).filter(Boolean)),
  v.maxLength(MAX_WORDS, EXPECTED_QUERY),
);

const cursor = v.pipe(
  text(/^\d{1,14}\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "the cursor of an earlier answer"),
  v.transform((value) => {
    const [time, id = ""] = value.split(".");
    return { createdAt: new Date(Number(time)).toISOString(), id };
  }),
);

/** What to look for; newest first, *limit* documents after *cursor*. */
export const SEARCH = parameters({
  chittyId: v.optional(CHITTY_ID),
  type: v.optional(DOCUMENT_TYPE),
  q: v.optional(q, ""),
  limit: v.optional(wholeNumber(1, 100), 50),
  cursor: v.optional(cursor),
});

export type Search = Read<typeof SEARCH>;

/** Some of the documents found. *cursor* leads to the rest, `null` when there is none. */
export interface Found {
  documents: StoredDocument[];
  cursor: string | null;
}

/** Documents that fit all that *search* says: each word somewhere in name, type or metadata. */
export async function find(table: DocumentTable, search: Search): Promise<Found> {
  const { conditions, values } = clauses(search);
  const tail = "ORDER BY created_at DESC, id DESC LIMIT ?";
  const rows = await table.select(conditions.join(" AND "), tail, ...values, search.limit + 1);
  const documents = rows.slice(0, search.limit).map(publicDocument);
  const last = rows.length > search.limit ? documents.at(-1) : undefined;
  return { documents, cursor: last === undefined ? null : formatCursor(last) };
}

function clauses(search: Search): { conditions: string[]; values: string[] } {
  const given: [string, ...string[]][] = [];
  if (search.chittyId !== undefined) given.push(["chitty_id = ?", search.chittyId]);
  if (search.type !== undefined) given.push(["type = ?", search.type]);
  // D1 takes LIKE patterns of 50 bytes only, and cannot export full-text tables.
  for (const word of search.q) given.push(["instr(search_text, ?) > 0", word]);
  const { cursor: after } = search;
  if (after !== undefined) given.push(["(created_at, id) < (?, ?)", after.createdAt, after.id]);
  return {
    conditions: ["status <> 'pending'", ...given.map(([condition]) => condition)],
    values: given.flatMap(([, ...values]) => values),
  };
}

function formatCursor(last: StoredDocument): string {
  return `${Date.parse(last.createdAt)}.${last.id}`;
}
