import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";

// In the words of KV ("KV put() limit exceeded for the day.") and of D1 ("Your account has exceeded D1's free tier
// daily row write limit."), which has refused every query since 2026-09-01: cloudflare-docs#32799.
const OVER_QUOTA = /limit exceeded for the day|exceeded D1's free tier daily/i;
const DAY_MS = 86_400_000;
// An account that is upgraded has its limits lifted within minutes.
const ASK_AGAIN_MS = 300_000;
const RETRY_SECONDS = 5;

/** How a store was when it was last asked. */
export type StoreStatus = "ok" | "over_quota" | "failed";

/** What this isolate knows of a store: how it last answered, and whether it is any use to ask it. */
export class StoreState {
  status: StoreStatus = "ok";
  /** When it last answered, or failed to; milliseconds since 1970. */
  askedAt = 0;

  constructor(private readonly now: () => number) {}

  /** Whether the quota of the day was exhausted when it was last asked, and the day is not over. */
  get isOverQuota(): boolean {
    return this.status === "over_quota" && this.now() < midnightAfter(this.askedAt);
  }

  /** Whether that was a moment ago: asking again would only fail. */
  get isClosed(): boolean {
    return this.isOverQuota && this.now() < this.askedAt + ASK_AGAIN_MS;
  }

  /** Return what *ask* gives, and note how it went; what it throws is thrown on. */
  async watch<T>(ask: () => Promise<T>): Promise<T> {
    try {
      const answer = await ask();
      this.note("ok");
      return answer;
    } catch (error) {
      this.note(OVER_QUOTA.test(String(error)) ? "over_quota" : "failed");
      throw error;
    }
  }

  private note(status: StoreStatus): void {
    this.status = status;
    this.askedAt = this.now();
  }
}

/** What is counted by itself in a store: KV has a quota for each. */
type Operation = "any" | "read" | "write";

const states = new WeakMap<object, Map<Operation, StoreState>>();

/** Return what this isolate knows of an operation of the store that is bound as *binding*. */
export function stateOf(binding: object, operation: Operation, now: () => number): StoreState {
  const known = states.get(binding) ?? new Map<Operation, StoreState>();
  const state = known.get(operation) ?? new StoreState(now);
  states.set(binding, known.set(operation, state));
  return state;
}

/**
 * Return what *ask* gives of the database; 503 when it gives none: until midnight UTC when the quota of the day is
 * exhausted, else for a moment.
 *
 * @param code Of the 503: `mint_unavailable`.
 */
export async function orUnavailable<T>(state: StoreState, code: string, ask: () => Promise<T>, now: () => number): Promise<T> {
  if (state.isClosed) throw overQuota(code, now());
  try {
    return await state.watch(ask);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    log("error", code, describeError(error));
    if (state.status === "over_quota") throw overQuota(code, now());
    throw unavailable(code, "the database does not answer; ask again", RETRY_SECONDS);
  }
}

function overQuota(code: string, now: number): ApiError {
  const seconds = Math.ceil((midnightAfter(now) - now) / 1000);
  return unavailable(code, "the quota of the day is exhausted; it begins anew at 00:00 UTC", seconds);
}

function midnightAfter(time: number): number {
  return (Math.floor(time / DAY_MS) + 1) * DAY_MS;
}
