import { expect, it } from "vitest";

import { titleOf } from "./title";

const FAMILY = "👨‍👩‍👧";

it.each([
  ["Why is the sky blue?", "Why is the sky blue?"],
  ["  Why\n\tis \u0007 the sky\u00a0blue?  ", "Why is the sky blue?"],
  ["x".repeat(60), "x".repeat(60)],
  ["a word and another word and another word and another word, and more", "a word and another word and another word and another word…"],
  [`${"x".repeat(59)} and more`, `${"x".repeat(59)}…`],
  [`${"x".repeat(58)}, and more`, `${"x".repeat(58)}…`],
  ["x".repeat(100), `${"x".repeat(59)}…`],
  [`ab ${"x".repeat(100)}`, `ab ${"x".repeat(56)}…`],
  ["界".repeat(100), `${"界".repeat(59)}…`],
  [FAMILY.repeat(70), `${FAMILY.repeat(59)}…`],
  ["safe \u202eevil", "safe evil"],
  [" \n\u200e ", null],
  ["", null],
])("of %j is %j", (content, title) => {
  expect(titleOf(content)).toBe(title);
});
