import * as v from "valibot";

import { setting } from "#lib/variables";
import type { Env } from "./env";

const EXPECTED = "a list of types, each of two to eight capital letters";
const TYPES = v.pipe(
  v.string(),
  v.regex(/^[A-Z]{2,8}(?:,[A-Z]{2,8})*$/, EXPECTED),
  v.transform((list) => list.split(",")),
);

/** Types of entities that ids are minted for. */
export function entityTypes(env: Env): string[] {
  return setting(env, "ENTITY_TYPES", TYPES);
}
