import { describe, expect, it } from "vitest";

import { FakeD1 } from "#lib/testing/d1";
import deletions from "../../../migrations/superinstance/004_deletions.sql?raw";
import sync from "../../../migrations/superinstance/003_sync.sql?raw";
import * as statements from "./statements";

/** How a table is looked into: by all of its key. */
const KEYS = [
  "i USING PRIMARY KEY (user_id=? AND collection=? AND item_id=?)",
  "c USING PRIMARY KEY (user_id=? AND conflict_id=?)",
  "o USING PRIMARY KEY (object_key=?)",
  "sync_users USING PRIMARY KEY (user_id=?)",
  "sync_usage USING PRIMARY KEY (user_id=? AND collection=?)",
  "sync_conflicts USING PRIMARY KEY (user_id=? AND conflict_id=?)",
  "sync_objects USING PRIMARY KEY (object_key=?)",
  // As many as a push forgets.
  "sync_items USING INDEX sync_items_deleted (user_id=? AND collection=?)",
  "sync_items USING INDEX sync_items_deleted (user_id=? AND collection=? AND change<?)",
];
/** What is gone through: the changes alone, and what a push forgets. */
const SCANNED = /^(?:SCAN (?:p|r|json_each) VIRTUAL TABLE|(?:SCAN|SEARCH) \(subquery-\d+\)$)/;

describe("what a push reads does not grow with what a user has (SI-5)", () => {
  it.each(Object.entries(statements))("%s", (_, text) => {
    const count = Math.max(...[...text.matchAll(/\?(\d)/g)].map(([, digit]) => Number(digit)));
    const values = Array.from({ length: count }, (_, index) => (index === 2 || index === 3 ? "[]" : "1"));
    const plan = new FakeD1(sync, deletions).rows(`EXPLAIN QUERY PLAN ${text}`, ...values).map(({ detail }) => String(detail));

    const reads = plan.filter((detail) => /^(?:SEARCH|SCAN)/.test(detail));
    const wide = reads.filter((detail) => !SCANNED.test(detail) && !KEYS.some((key) => detail.startsWith(`SEARCH ${key}`)));
    expect(wide).toEqual([]);
  });
});
