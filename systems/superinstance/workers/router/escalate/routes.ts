import { CLOCK } from "#lib/clock";
import type { Call, Route } from "#lib/route";
import type { Schema } from "#lib/schema";
import { boundsOf } from "../calls/bounds";
import { open, type Bounds, type OpenCall } from "../calls/call";
import { again, orderOf } from "../calls/order";
import { providerTimeoutMs } from "../config";
import type { Env } from "../env";
import { catalog, choose, type Model } from "../models/catalog";
import { costNano, inputTokens } from "../models/cost";
import { PROVIDER } from "../providers";
import { firstToBegin, wholeOf, type Answered, type Answering } from "../providers/first";
import { route } from "../route";
import { conversationOf, requireSession, type Conversation } from "../sessions/conversation";
import { STREAM_LEASE_MS, streamed } from "../streams/answer";
import { BODY_BYTES, ESCALATION, questionOf, type Escalation } from "./model";

const BODY = { schema: () => ESCALATION, limit: () => BODY_BYTES };
const JSON_TYPE = "application/json";
const MARGIN_MS = 10_000;
/** The newest messages of a session, and its context. */
const MOST_RECALLED_BYTES = 220_000;

/** Questions that are too hard where they were asked. */
export const ESCALATE_ROUTES: readonly Route<Env>[] = [
  route({ method: "POST", path: "/v1/escalate", scope: "ask", body: BODY, handle: escalate }),
  route({ method: "POST", path: "/v1/stream", scope: "ask", body: BODY, handle: stream }),
];

type Asked = Call<Env, Schema, Schema, typeof ESCALATION>;

async function escalate({ c, env, principal, body }: Asked): Promise<Response> {
  const wanted = await body();
  requireSession(principal, wanted);
  const models = choose(catalog(env, CLOCK.now()), wanted.model_preference, wanted.max_tokens);
  const bounds = boundsIn(env, models, wanted, 2 * models.length * providerTimeoutMs(env) + MARGIN_MS);
  const call = await open(env, await orderOf(principal, c.req.path, wanted, wanted.request_id), bounds);
  if (!("settle" in call)) return again(call);
  return call.toItsEnd(c, async () => {
    const conversation = await conversationOf(env, principal, wanted);
    const answering = await firstToBegin(env, conversation.choose(models), bodyOf(wanted, conversation, false));
    const { answer } = await wholeOf(env, answering);
    // Before it is settled: a request that is asked again takes the place of what is remembered of it, and is then settled.
    await conversation.remember(answer.text);
    return settled(call, wanted, answering, answer);
  });
}

/** Answer, once it is on disk what that costs. */
async function settled(call: OpenCall, wanted: Escalation, { model }: Answering, answer: Answered): Promise<Response> {
  const body = JSON.stringify(escalated(wanted, model, answer));
  await call.settle(model, answer.usage, { contentType: JSON_TYPE, body });
  return new Response(body, { headers: { "Content-Type": JSON_TYPE } });
}

function escalated({ request_id, session_id }: Escalation, model: Model, { text, finish, usage }: Answered): object {
  return {
    request_id,
    session_id: session_id ?? null,
    response: text,
    finish_reason: finish,
    model: model.name,
    model_id: model.id,
    provider: model.provider,
    usage: { input_tokens: inputTokens(usage), output_tokens: usage.output },
    cost_nano: String(costNano(usage, model.rates)),
  };
}

async function stream({ c, env, principal, body }: Asked): Promise<Response> {
  const wanted = await body();
  requireSession(principal, wanted);
  const models = choose(catalog(env, CLOCK.now()), wanted.model_preference, wanted.max_tokens);
  const bounds = boundsIn(env, models, wanted, STREAM_LEASE_MS);
  const call = await open(env, await orderOf(principal, c.req.path, wanted, wanted.request_id), bounds);
  if (!("settle" in call)) return again(call);
  return call.toItsEnd(c, async () => {
    const conversation = await conversationOf(env, principal, wanted);
    const answering = await firstToBegin(env, conversation.choose(models), bodyOf(wanted, conversation, true));
    const { name, provider } = answering.model;
    const told = wanted.session_id === undefined ? {} : { told: (text: string) => conversation.remember(text) };
    return streamed(c, { call, ...answering, ...told }, { "X-Model": name, "X-Provider": provider, "X-Request-Id": wanted.request_id });
  });
}

/** What is recalled of a session is not known yet: it counts with the most that it can be. */
function boundsIn(env: Env, models: readonly Model[], wanted: Escalation, leaseMs: number): Bounds {
  return boundsOf(env, models, wanted, wanted.max_tokens, leaseMs, wanted.session_id === undefined ? 0 : MOST_RECALLED_BYTES);
}

function bodyOf(wanted: Escalation, conversation: Conversation, isStream: boolean): (model: Model) => string {
  const question = questionOf(wanted, conversation);
  return (model) => JSON.stringify(PROVIDER[model.provider].body(question, model, isStream));
}
