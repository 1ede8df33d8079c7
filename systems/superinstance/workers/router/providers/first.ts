import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import { providerTimeoutMs } from "../config";
import type { Env } from "../env";
import type { Model } from "../models/catalog";
import type { Usage } from "../models/cost";
import { usedInAll } from "../streams/estimate";
import { call, explained, ProviderError, type Ongoing } from "./call";
import { PROVIDER } from ".";
import { bytesOf, jsonOf, type Answer, type Provider } from "./provider";

/** The model that answers, and what it was sent. */
export interface Answering {
  model: Model;
  provider: Provider;
  ongoing: Ongoing;
  /** Bytes that were sent. */
  asked: number;
}

/** A whole answer, and what it has used: as it says itself, or as it is estimated. */
export type Answered = Answer & { usage: Usage };

/**
 * Ask *models* one after the other, until one begins to answer. ApiError when none does: of the last one.
 *
 * @param bodyOf Returns what a model is sent.
 */
export async function firstToBegin(
  env: Env,
  models: readonly Model[],
  bodyOf: (model: Model) => string,
): Promise<Answering> {
  let last: unknown;
  for (const model of models) {
    const provider = PROVIDER[model.provider];
    const body = bodyOf(model);
    try {
      return { model, provider, ongoing: await call(env, provider, body), asked: bytesOf(body) };
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
      last = explained(error);
      if (!error.isWorthAnother) break;
    }
  }
  throw last as Error;
}

/** Read the whole of an answer, and what it has used. ApiError when it is cut, late or of another form. */
export async function wholeOf(env: Env, { provider, ongoing, asked }: Answering): Promise<{ text: string; answer: Answered }> {
  try {
    const text = await within(providerTimeoutMs(env), ongoing.response.text());
    const answer = provider.read(jsonOf(text));
    // Of one that calls a tool nothing is in words.
    const bytes = bytesOf(answer.text === "" ? text : answer.text);
    const usage = usedInAll({ reported: answer.usage, isFinal: answer.usage !== null, bytes }, asked);
    return { text, answer: { ...answer, usage } };
  } catch (error) {
    ongoing.abort();
    log("error", "answer_unreadable", { provider: provider.name, ...describeError(error) });
    throw explained(new ProviderError("failed"));
  }
}
