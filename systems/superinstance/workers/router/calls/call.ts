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
import { deliver } from "./delivery";
import type { Journal, KeptAnswer, Verdict } from "./model";

/** What somebody wants to be answered, once. */
export interface Order {
  requestId: string;
  /** Whether the caller has chosen the id, and can ask for the answer again. */
  isRepeatable: boolean;
  fingerprint: string;
  caller: Caller;
  /** Which key of the account asks. */
  key: string;
}

/** What providers' models are multiplied by: SI-3 calls it so. */
const TIER = "cloud";
const TRIES = 3;

/** Return the journal of the account *accountId*. */
export function journalOf(env: Env, accountId: string): Journal {
  return env.CALLS.get(env.CALLS.idFromName(accountId));
}

/** Let *order* in: a call that is to be made, or the answer it had before. ApiError when it is neither. */
export async function open(env: Env, order: Order, leaseMs: number): Promise<OpenCall | KeptAnswer> {
  const { requestId, fingerprint, key, caller } = order;
  const verdict = await admit(env, caller.accountId, { requestId, key, limit: caller.limit, fingerprint, leaseMs });
  if (verdict.is === "admitted") return new OpenCall(env, order, verdict.attempt);
  if (verdict.is === "answered") return verdict.answer;
  throw refusal(verdict, caller.limit);
}

/** A call that was let in. It ends by being settled, or released. */
export class OpenCall {
  constructor(
    private readonly env: Env,
    private readonly order: Order,
    private readonly attempt: string,
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

  /** Run *make*, and give the id back where it fails: nothing was answered, nothing is billed. */
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
    const { fingerprint, caller, isRepeatable } = this.order;
    const record = this.recordOf(model, usage);
    const kept = { fingerprint, record, answer: isRepeatable ? answer : null, answerMs: answerMs(this.env) };
    for (let left = TRIES; left > 0; left--) {
      try {
        await journalOf(this.env, caller.accountId).settle(kept);
        return;
      } catch (error) {
        log("error", "journal_failed", describeError(error));
      }
    }
    if ((await deliver(this.env.BILLING, [record])) === "recorded") return;
    throw unavailable("usage_unrecorded", "the answer cannot be recorded at the moment; nothing is billed");
  }

  /** Give the id back. Where that fails, its time runs out. */
  async release(): Promise<void> {
    try {
      await journalOf(this.env, this.order.caller.accountId).release(this.order.requestId, this.attempt);
    } catch (error) {
      log("warn", "release_failed", describeError(error));
    }
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

async function admit(env: Env, accountId: string, admission: Parameters<Journal["admit"]>[0]): Promise<Verdict> {
  try {
    return await journalOf(env, accountId).admit(admission);
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
  const wait = { "Retry-After": String(verdict.retryAfter) };
  if (verdict.is === "running") {
    return new ApiError(409, "request_running", `this request is being answered; ask again in ${verdict.retryAfter} s`, wait);
  }
  return new ApiError(429, "rate_limited", `the key may make ${limit} requests a minute; ask again in ${verdict.retryAfter} s`, wait);
}
