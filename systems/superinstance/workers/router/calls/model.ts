import type { RecordRequest } from "../../billing/api";

/** A call that wants to be let in. */
export interface Admission {
  accountId: string;
  requestId: string;
  /** Which key of the account asks. */
  key: string;
  /** Requests that the key may make in any 60 seconds. */
  limit: number;
  /** SHA-256 of what is asked: the same id with something else is a mistake. `null`: nobody can ask for it again. */
  fingerprint: string | null;
  /** How long the call may take; after that somebody else may make it. */
  leaseMs: number;
  /** What it will be charged at most, in 10⁻⁹ dollars. */
  mostNano: bigint;
}

/** An answer as it was given, for whoever asks again. */
export interface KeptAnswer {
  contentType: string;
  body: string;
}

/**
 * A call that was let in, as long as whoever makes it is there: when its holder is gone, it is given up.
 *
 * It lives in the request that let it in, so that a call is one request to its journal.
 */
export interface HeldCall {
  /** Keep what is to be billed; when it answers, that is on disk. */
  settle(settlement: Settlement): Promise<void>;
  /** Give up a call that costs nothing: its id may be used again. */
  release(): Promise<void>;
  [Symbol.dispose](): void;
}

/** What becomes of a call that wants to be let in. */
export type Verdict =
  | { is: "admitted"; call: HeldCall }
  /** The key has made all its requests of these 60 seconds. */
  | { is: "limited"; retryAfter: number }
  /** The same call is being made. */
  | { is: "running"; retryAfter: number }
  | { is: "answered"; answer: KeptAnswer }
  /** It was answered and billed, and the answer is not there any more. */
  | { is: "spent" }
  /** The id belongs to a call that asked something else. */
  | { is: "other" }
  /** The account has nothing left, beside what calls that are being made may come to. In 10⁻⁹ dollars. */
  | { is: "exhausted"; leftNano: bigint; runningNano: bigint }
  /** Nobody can say what the account has left. */
  | { is: "unknown" };

/** A call that is over, and costs something. */
export interface Settlement {
  /** `null`: nobody can ask for it again. */
  fingerprint: string | null;
  record: RecordRequest;
  /** `null`: it is not kept. */
  answer: KeptAnswer | null;
  /** How long it is kept. */
  answerMs: number;
}

/** How an account stands. */
export interface Standing {
  /** Requests to models that the key may still make now. */
  remaining: number;
  /** All other requests that it may. */
  othersRemaining: number;
  /** Calls that are not billed yet, counted up to a thousand. */
  unbilled: number;
  /** Of those, calls that billing has refused. Somebody has to look. */
  refused: number;
}

/** What is kept of the calls of one account. */
export interface Journal {
  admit(call: Admission): Promise<Verdict>;
  /** Keep what is to be billed of a call whose `HeldCall` is lost; when it answers, that is on disk. */
  settle(settlement: Settlement): Promise<void>;
  /** Count a request of *key* that asks no model; return the seconds to wait where it has made *limit* of them, else 0. */
  count(key: string, limit: number): Promise<number>;
  standing(key: string, limit: number): Promise<Standing>;
}
