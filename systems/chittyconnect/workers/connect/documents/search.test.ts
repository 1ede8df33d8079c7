import { beforeEach, describe, expect, it } from "vitest";

import { check } from "#lib/schema";
import { LibraryHarness } from "./harness";
import { searchText } from "./model";
import { find, SEARCH, type Search } from "./search";

let harness: LibraryHarness;

beforeEach(async () => {
  harness = new LibraryHarness({ quotaDocuments: 100 });
  await add("CHITTY-1", "report", "Jahresbericht 100%.pdf");
  await add("CHITTY-1", "note", "ﬁnal Notes.txt", { topic: "O'Brien" });
  await add("CHITTY-2", "report", "bericht_2.pdf");
});

async function add(chittyId: string, type: string, name: string, metadata = {}): Promise<void> {
  harness.now += 1000;
  const row = harness.pending(1, { chittyId, type, name, metadata });
  await harness.library.table.reserve(row, harness.limits);
  await harness.library.table.store(row.id, { etag: "e", sha256: null });
}

function parseSearch(query: URLSearchParams): Search {
  return check(SEARCH, Object.fromEntries(query), "the query");
}

async function names(query: string): Promise<string[]> {
  const found = await find(harness.library.table, parseSearch(new URLSearchParams(query)));
  return found.documents.map((document) => document.name);
}

describe("a search", () => {
  it.each([
    ["", ["bericht_2.pdf", "ﬁnal Notes.txt", "Jahresbericht 100%.pdf"]],
    ["q=BERICHT", ["bericht_2.pdf", "Jahresbericht 100%.pdf"]],
    ["q=bericht+100%25", ["Jahresbericht 100%.pdf"]],
    ["q=_", ["bericht_2.pdf"]],
    ["q=final", ["ﬁnal Notes.txt"]],
    ["q=o'brien", ["ﬁnal Notes.txt"]],
    ["type=report&chittyId=CHITTY-1", ["Jahresbericht 100%.pdf"]],
    ["q=absent", []],
  ])("for %j finds %j", async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it("goes through all pages, each document once", async () => {
    const seen = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query = new URLSearchParams(cursor === "" ? "limit=1" : `limit=1&cursor=${cursor}`);
      const page = await find(harness.library.table, parseSearch(query));
      seen.push(...page.documents.map((document) => document.name));
      cursor = page.cursor;
    }

    expect(seen).toEqual(await names(""));
  });

  it("says that a full page is the last", async () => {
    const page = await find(harness.library.table, parseSearch(new URLSearchParams("limit=3")));

    expect([page.documents.length, page.cursor]).toEqual([3, null]);
  });

  it("does not show what is only reserved", async () => {
    await harness.library.table.reserve(harness.pending(1), harness.limits);

    expect(await names("")).toHaveLength(3);
  });

  it.each(["limit=0", "limit=101", "limit=x", "cursor=1", "type=%20", "chittyId=a/b", `q=${"a+".repeat(9)}a`])(
    "refuses %s",
    (query) => {
      expect(() => parseSearch(new URLSearchParams(query))).toThrow("must be");
    },
  );
});

it("searchText holds name, type and values", () => {
  const given = { chittyId: "c", type: "Note", name: "A.txt", contentType: "", metadata: { k: "V" } };

  expect(searchText(given)).toBe("a.txt\nnote\nv");
});
