import { CLOCK } from "#lib/clock";
import { sha256Hex } from "#lib/hash";
import type { Collection } from "../collections";
import type { Env } from "../env";
import { asHolder } from "../lock/hold";
import { commit, type Committed } from "./commit";
import type { Change, Push } from "./model";

const ID_DIGITS = 32;

/** A change as a client wants it. */
export type Wanted = Omit<Change, "conflict_id">;

/** Return *wanted* with what it is called as a conflict copy: the same for the same content, of the same type, on the same base. */
export async function changeOf(collection: Collection, wanted: Wanted): Promise<Change> {
  const type = wanted.content_type === undefined ? [] : [wanted.content_type];
  const said = JSON.stringify([collection, wanted.id, wanted.base, wanted.digest, ...type]);
  return { ...wanted, conflict_id: (await sha256Hex(said)).slice(0, ID_DIGITS) };
}

/** Write *push* as the holder of the lock *lockId*; with `undefined` under a lock of its own. */
export function write(env: Env, push: Push<Collection>, lockId: string | undefined): Promise<Committed> {
  return asHolder(env, push.userId, lockId, (token) => commit(env.DB, push, token, CLOCK.now()));
}
