import { invalid } from "#lib/errors";
import { integerOr, optionalText } from "#lib/validate";
import { CHITTY_ID } from "../sessions/model";
import { DOCUMENT_ID, DOCUMENT_TYPE, fold, publicDocument, type StoredDocument } from "./model";
import type { DocumentTable } from "./table";

const PAGE = { min: 1, max: 100 };
const PAGE_DEFAULT = 50;
const MAX_QUERY = 200;
const MAX_WORDS = 8;

/** What to look for; newest first, *limit* documents after *after*. */
export interface Search {
  chittyId: string | undefined;
  type: string | undefined;
  words: readonly string[];
  limit: number;
  after: { createdAt: string; id: string } | undefined;
}

/** Some of the documents found. *cursor* leads to the rest, `null` when there is none. */
export interface Found {
  documents: StoredDocument[];
  cursor: string | null;
}

/** Read a search from the parameters of an address. 400 names what is not acceptable. */
export function parseSearch(parameters: URLSearchParams): Search {
  return {
    chittyId: optionalText(parameters.get("chittyId"), "chittyId", CHITTY_ID),
    type: optionalText(parameters.get("type"), "type", DOCUMENT_TYPE),
    words: words(parameters.get("q") ?? ""),
    limit: integerOr(parameters.get("limit"), "limit", PAGE, PAGE_DEFAULT),
    after: parseCursor(parameters.get("cursor")),
  };
}

/** Documents that fit all that *search* says: each word somewhere in name, type or metadata. */
export async function find(table: DocumentTable, search: Search): Promise<Found> {
  const { conditions, values } = clauses(search);
  const tail = `WHERE ${conditions.join(" AND ")} ORDER BY created_at DESC, id DESC LIMIT ?`;
  const rows = await table.select(tail, ...values, search.limit + 1);
  const documents = rows.slice(0, search.limit).map(publicDocument);
  const last = rows.length > search.limit ? documents.at(-1) : undefined;
  return { documents, cursor: last === undefined ? null : formatCursor(last) };
}

function clauses(search: Search): { conditions: string[]; values: string[] } {
  const given: [string, ...string[]][] = [];
  if (search.chittyId !== undefined) given.push(["chitty_id = ?", search.chittyId]);
  if (search.type !== undefined) given.push(["type = ?", search.type]);
  // D1 takes LIKE patterns of 50 bytes only, and cannot export full-text tables.
  for (const word of search.words) given.push(["instr(search_text, ?) > 0", word]);
  const { after } = search;
  if (after !== undefined) given.push(["(created_at, id) < (?, ?)", after.createdAt, after.id]);
  return {
    conditions: ["status <> 'pending'", ...given.map(([condition]) => condition)],
    values: given.flatMap(([, ...values]) => values),
  };
}

function words(query: string): string[] {
  const found = fold(query).split(/\s+/).filter(Boolean);
  if (query.length > MAX_QUERY || found.length > MAX_WORDS) {
    throw invalid("q", `at most ${MAX_WORDS} words and ${MAX_QUERY} characters`);
  }
  return found;
}

function formatCursor(last: StoredDocument): string {
  return `${Date.parse(last.createdAt)}.${last.id}`;
}

function parseCursor(cursor: string | null): Search["after"] {
  if (cursor === null) return undefined;
  const [, time, id] = /^(\d{1,14})\.(.{36})$/.exec(cursor) ?? [];
  if (time === undefined || id === undefined || !DOCUMENT_ID.pattern.test(id)) {
    throw invalid("cursor", "the cursor of an earlier answer");
  }
  return { createdAt: new Date(Number(time)).toISOString(), id };
}
