import * as v from "valibot";

import { parameters, text, wholeNumber } from "#lib/schema";

const MOST_A_PAGE = 100;
const MOST_RESOLVED = 20;
const LAST = 1e15 - 1;
const RESOLVES = `at most ${MOST_RESOLVED} ids of conflict copies`;

/** What an item is called by its clients. */
export const ITEM_ID = text(/^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/, "1 to 200 letters, digits and . _ : @ -, the first a letter or digit");
/** What a conflict copy is called. */
export const CONFLICT_ID = text(/^[0-9a-f]{32}$/, "the id of a conflict copy: 32 hexadecimal digits");
/** What a lock is called. */
export const LOCK_ID = text(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "the id of a lock, as /sync/lock gives it");
/** The version that a client has seen. */
export const BASE_VERSION = wholeNumber(0, LAST);
/** Where a client writes: it names conflict copies. */
export const DEVICE = v.optional(text(/^[^\p{Cc}]{1,64}$/u, "1 to 64 characters, none of control"), "a device");
/** Conflict copies that a change settles. */
export const RESOLVED = v.optional(v.pipe(v.array(CONFLICT_ID, RESOLVES), v.maxLength(MOST_RESOLVED, RESOLVES)), []);

/** Query of a pull. */
export const PULL = parameters({
  since: v.optional(text(/^\d{1,15}(?:-\d{1,15})?$/, "the `cursor` of the answer before"), "0"),
  started: v.optional(wholeNumber(0, LAST)),
  limit: v.optional(wholeNumber(1, MOST_A_PAGE), MOST_A_PAGE),
});

/** Query of a push of one item: `resolves` separated by commas. */
export const PUSH = parameters({
  base_version: BASE_VERSION,
  device: DEVICE,
  lock_id: v.optional(LOCK_ID),
  resolves: v.optional(text(/^[0-9a-f]{32}(?:,[0-9a-f]{32}){0,19}$/, `${RESOLVES}, separated by commas`)),
});

/** Query of a change that has no base. */
export const WITH_LOCK = parameters({ lock_id: v.optional(LOCK_ID) });

/** Parameter of the address of an item. */
export const OF_ITEM = parameters({ id: ITEM_ID });
/** Parameter of the address of a conflict copy. */
export const OF_COPY = parameters({ conflict_id: CONFLICT_ID });
/** Parameter of the address of a lock. */
export const OF_LOCK = parameters({ lock_id: LOCK_ID });
