import { CLOCK } from "#lib/clock";
import { ApiError, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import type { ApiContext } from "#lib/route";
import type { RecordRequest } from "../../billing/api";
import { answerMs } from "../config";
import type { Env } from "../env";
import type { Model } from "../models/catalog";
import { costNano, inputTokens, type Usage } from "../models/cost";
import type { Caller } from "../principal";
import { dollars } from "../../billing/money";
import { deliver } from "./delivery";
import type { HeldCall, Journal, KeptAnswer, Settlement, Verdict } from "./model";

/** What somebody wants to be answered, once. */
export interface Order {
  requestId: string;
  /** SHA-256 of what is asked. `null`: the caller has not chosen the id, and can ask for the answer no more. */
  fingerprint: string | null;
  caller: Caller;
  /** Which key of the account asks. */
  key: string;
}

/** How long a call may take, and what it will be charged at most, in 10⁻⁹ dollars. */
export interface Bounds {
  leaseMs: number;
  mostNano: bigint;
}

/** What providers' models are multiplied by: SI-3 calls it so. */
export const TIER = "cloud";
const TRIES = 3;

/** Return the journal of the account *accountId*. */
export function journalOf(env: Env, accountId: string): Journal {
  return env.CALLS.get(env.CALLS.idFromName(accountId));
}

/** Let *order* in: a call that is to be made, or the answer it had before. ApiError when it is neither. */
export async function open(env: Env, order: Order, { leaseMs, mostNano }: Bounds): Promise<OpenCall | KeptAnswer> {
  const { requestId, fingerprint, key, caller } = order;
  const { accountId, limit } = caller;
  const verdict = await asked(journalOf(env, accountId).admit({ accountId, requestId, key, limit, fingerprint, leaseMs, mostNano }));
  if (verdict.is === "admitted") return new OpenCall(env, order, verdict.call);
  if (verdict.is === "answered") return verdict.answer;
  throw refusal(verdict, limit);
}

/** Let in what asks no model. ApiError 429 when the key has made all such requests of the last minute. */
export async function countBesides(env: Env, { accountId, limit }: Caller, key: string): Promise<void> {
  const retryAfter = await asked(journalOf(env, accountId).count(key, limit));
  if (retryAfter > 0) throw limited(limit, "other requests", retryAfter);
}

/** A call that was let in. It ends by being settled, or released. */
export class OpenCall {
  constructor(
    private readonly env: Env,
    private readonly order: Order,
    private readonly held: HeldCall,
  ) {}

  /**
   * Run *make* to its end, as `during` does, although the client may leave meanwhile: with it would go the run that
   * notes what the call costs, and whoever hangs up in time would have models work for nothing.
   */
  toItsEnd<T>(c: ApiContext<Env>, make: () => Promise<T>): Promise<T> {
    const made = this.during(make);
    c.executionCtx.waitUntil(made.catch(() => undefined));
    return made;
  }

  /** Run *make*, and give the id back where it fails: nothing was answered. */
  async during<T>(make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  /**
   * Keep what is to be billed, and return when it is on disk: only then anybody may have the whole of the answer.
   *
   * Where the journal cannot be reached billing is told at once. ApiError 503 where neither can.
   */
  async settle(model: Model, usage: Usage, answer: KeptAnswer | null): Promise<void> {
    const { fingerprint } = this.order;
    const record = this.recordOf(model, usage);
    const kept = { fingerprint, record, answer: fingerprint === null ? null : answer, answerMs: answerMs(this.env) };
    const isNoted = (await this.isNoted(kept)) || (await deliver(this.env.BILLING, [record])).is === "recorded";
    if (!isNoted) throw unavailable("usage_unrecorded", this.unrecorded);
    this.held[Symbol.dispose]();
  }

  /** Give the id back. Where that fails, its time runs out. */
  async release(): Promise<void> {
    try {
      await this.held.release();
    } catch (error) {
      log("warn", "release_failed", describeError(error));
    }
    this.held[Symbol.dispose]();
  }

  /** Nobody has confirmed it, and one of them may have it all the same. */
  private get unrecorded(): string {
    const said = "nobody has confirmed that the answer is recorded, so it is not given";
    if (this.order.fingerprint === null) return `${said}; it may be billed, so send an id of your own to ask again`;
    return `${said}; ask again with the same id: it is billed once at most`;
  }

  /** Have the journal note *kept*: in the request that let the call in, and where that is lost, in others. */
  private async isNoted(kept: Settlement): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        await (tries === 0 ? this.held : journalOf(this.env, this.order.caller.accountId)).settle(kept);
        return true;
      } catch (error) {
        log("error", "journal_failed", describeError(error));
      }
    }
    return false;
  }

  private recordOf(model: Model, usage: Usage): RecordRequest {
    return {
      account_id: this.order.caller.accountId,
      request_id: this.order.requestId,
      model: model.id,
      provider: model.provider,
      input_tokens: inputTokens(usage),
      output_tokens: usage.output,
      cost_nano: String(costNano(usage, model.rates)),
      multiplier_tier: TIER,
      at: new Date(CLOCK.now()).toISOString(),
    };
  }
}

/** Return what a journal says. ApiError 503 when it says nothing. */
export async function asked<T>(journal: Promise<T>): Promise<T> {
  try {
    return await journal;
  } catch (error) {
    log("error", "journal_failed", describeError(error));
    throw unavailable("journal_unavailable", "calls cannot be counted at the moment");
  }
}

function refusal(verdict: Exclude<Verdict, { is: "admitted" | "answered" }>, limit: number): ApiError {
  if (verdict.is === "other") {
    return new ApiError(409, "request_id_reused", "this request_id belongs to a request that asked something else; take a new one");
  }
  if (verdict.is === "spent") {
    return new ApiError(409, "request_id_spent", "this request_id was billed, and its answer is not kept; take a new one");
  }
  if (verdict.is === "unknown") return unavailable("balance_unavailable", "nobody can say at the moment what the account has left");
  if (verdict.is === "exhausted") return new ApiError(402, "balance_exhausted", exhausted(verdict));
  const wait = { "Retry-After": String(verdict.retryAfter) };
  if (verdict.is === "running") {
    return new ApiError(409, "request_running", `this request is being answered; ask again in ${verdict.retryAfter} s`, wait);
  }
  return limited(limit, "requests to models", verdict.retryAfter);
}

function limited(limit: number, what: string, retryAfter: number): ApiError {
  const message = `the key may make ${limit} ${what} a minute; ask again in ${retryAfter} s`;
  return new ApiError(429, "rate_limited", message, { "Retry-After": String(retryAfter) });
}

/** Say what the account has left, and what to do. */
function exhausted({ leftNano, runningNano }: Extract<Verdict, { is: "exhausted" }>): string {
  const left = `the account has ${dollars(leftNano + runningNano)} left`;
  if (runningNano === 0n) return `${left}; top it up`;
  return `${left}, and calls that are being answered may come to ${dollars(runningNano)}; wait for them, or top it up`;
}
