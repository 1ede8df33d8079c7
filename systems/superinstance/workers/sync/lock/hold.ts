import { CLOCK, within, type Clock } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { Env } from "../env";
import { fenceOf, StaleFenceError } from "../store/fence";
import type { Held, SyncState } from "./state";

const STATE_MS = 10_000;
/** How long a push waits for a lock that somebody else holds. */
const PATIENCE_MS = 5_000;
const FIRST_WAIT_MS = 20;
const LONGEST_WAIT_MS = 400;
const TRIES = 3;
const SECOND_MS = 1_000;

/** Ask the object of a user. ApiError 503 when it does not answer: the same may be asked again. */
export async function askState<T>(env: Env, userId: string, ask: (state: SyncState) => T | Promise<T>): Promise<T> {
  // Always by name: an object only knows its name from who wakes it.
  const state = env.SYNC_STATE.getByName(userId) as unknown as SyncState;
  try {
    return await within(STATE_MS, Promise.resolve(ask(state)));
  } catch (error) {
    log("error", "sync_state_unavailable", describeError(error));
    throw unavailable("lock_unavailable", "locks cannot be had at the moment; send the same again");
  }
}

/** Take the lock of a user for *lockId*. ApiError 423 while somebody else holds it. */
export async function acquire(env: Env, userId: string, lockId: string): Promise<Held> {
  const acquired = await askState(env, userId, (state) => state.acquire(lockId));
  if ("held" in acquired) return acquired.held;
  throw locked(acquired.busyMs);
}

/**
 * Write as the holder of the lock of a user.
 *
 * @param lockId The lock that the caller holds already; `undefined`: it is taken for this write, and given back.
 * @param write Is given the fencing token. StaleFenceError of it: the lock has passed to somebody else.
 */
export async function asHolder<T>(env: Env, userId: string, lockId: string | undefined, write: (token: number) => Promise<T>): Promise<T> {
  if (lockId === undefined) return withOwnLock(env, userId, write);
  const held = await askState(env, userId, (state) => state.find(lockId, false));
  if (held === null) throw lockLost();
  try {
    return await write(held.token);
  } catch (error) {
    throw error instanceof StaleFenceError ? lockLost() : error;
  }
}

async function withOwnLock<T>(env: Env, userId: string, write: (token: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const lockId = crypto.randomUUID();
    const { token } = await patiently(env, userId, lockId);
    try {
      return await write(token);
    } catch (error) {
      if (!(error instanceof StaleFenceError) || tries === TRIES) throw asUnavailable(error);
      await overtake(env, userId);
    } finally {
      await giveBack(env, userId, lockId);
    }
  }
}

/** Have the object of a user go on above what D1 has seen. */
export async function overtake(env: Env, userId: string): Promise<void> {
  const fence = await fenceOf(env.DB, userId);
  await askState(env, userId, (state) => state.catchUp(fence));
}

async function patiently(env: Env, userId: string, lockId: string, clock: Clock = CLOCK): Promise<Held> {
  const deadline = clock.now() + PATIENCE_MS;
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    const acquired = await askState(env, userId, (state) => state.acquire(lockId));
    if ("held" in acquired) return acquired.held;
    if (clock.now() + wait > deadline) throw locked(acquired.busyMs);
    // Not all at the same moment.
    await clock.sleep(wait * (0.5 + Math.random()));
  }
}

/** A lock that cannot be given back ends by itself. */
async function giveBack(env: Env, userId: string, lockId: string): Promise<void> {
  await askState(env, userId, (state) => state.release(lockId)).catch(() => undefined);
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof StaleFenceError)) return error;
  return unavailable("lock_unavailable", "others write at the same time; send the same again");
}

function locked(busyMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(busyMs / SECOND_MS));
  return new ApiError(423, "locked", `another client holds the lock, for ${seconds} seconds at most; send the same again then`, {
    "Retry-After": String(seconds),
  });
}

/** 409: the lock that a caller has named is not its own, or no more. */
export function lockLost(): ApiError {
  return new ApiError(409, "lock_lost", "this lock has ended, or has passed to another client; pull, and take a new one");
}
