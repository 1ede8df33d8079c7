import { expect, it } from "vitest";

import { FakeObjectState } from "../testing/object_state";
import { jsonBytes } from "../json";
import { TablePages } from "./table_pages";

const ROWS = 100;
const BYTES = 3_000;
/** Of eight rows, which are read at once. */
const A_PAGE = 3_000;

it.each(["a", "\u4e2d", '"', "\u0001"])("ends a part by the bytes that it has as JSON, not by its characters: %j", (character) => {
  const state = new FakeObjectState();
  state.mayScan = true;
  const text = character.repeat(100);
  state.rows("CREATE TABLE texts (number INTEGER PRIMARY KEY, text TEXT)");
  for (let number = 1; number <= ROWS; number += 1) state.binding.storage.sql.exec("INSERT INTO texts VALUES (?, ?)", number, text);

  const read = new TablePages(state.binding.storage.sql, "texts").read(null, BYTES);

  expect(read.last).not.toBeNull();
  expect(jsonBytes(read.rows)).toBeGreaterThan(BYTES);
  expect(jsonBytes(read.rows)).toBeLessThan(BYTES + 2 * A_PAGE);
});
