import { afterEach, expect } from "vitest";

import { costlyStatements } from "./plans";

afterEach(() => {
  const costly = costlyStatements.splice(0);
  expect(costly, "statements of a worker that need a key, or an index").toEqual([]);
});
