import type { RecordRequest } from "../../billing/api";

/** A call that wants to be let in. */
export interface Admission {
  requestId: string;
  /** Which key of the account asks. */
  key: string;
  /** Requests that the key may make in any 60 seconds. */
  limit: number;
  /** SHA-256 of what is asked: the same id with something else is a mistake. */
  fingerprint: string;
  /** How long the call may take; after that somebody else may make it. */
  leaseMs: number;
}

/** An answer as it was given, for whoever asks again. */
export interface KeptAnswer {
  contentType: string;
  body: string;
}

/** What becomes of a call that wants to be let in. */
export type Verdict =
  | { is: "admitted"; attempt: string }
  /** The key has made all its requests of these 60 seconds. */
  | { is: "limited"; retryAfter: number }
  /** The same call is being made. */
  | { is: "running"; retryAfter: number }
  | { is: "answered"; answer: KeptAnswer }
  /** It was answered and billed, and the answer is not there any more. */
  | { is: "spent" }
  /** The id belongs to a call that asked something else. */
  | { is: "other" };

/** A call that is over, and costs something. */
export interface Settlement {
  fingerprint: string;
  record: RecordRequest;
  /** `null`: nobody can ask for it again. */
  answer: KeptAnswer | null;
  /** How long it is kept. */
  answerMs: number;
}

/** How an account stands. */
export interface Standing {
  /** Requests that the key may still make now. */
  remaining: number;
  /** Calls that are not billed yet, counted up to a thousand. */
  unbilled: number;
  /** Of those, calls that billing has refused. Somebody has to look. */
  refused: number;
}

/** What is kept of the calls of one account. */
export interface Journal {
  admit(call: Admission): Promise<Verdict>;
  /** Keep what is to be billed; when it answers, that is on disk. */
  settle(settlement: Settlement): Promise<void>;
  /** Give up a call that costs nothing: its id may be used again. */
  release(requestId: string, attempt: string): Promise<void>;
  standing(key: string, limit: number): Promise<Standing>;
}
