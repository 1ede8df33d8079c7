import { requireScope, type Principal } from "#lib/bearer";
import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { Recalled, Role } from "../../session_state/api";
import type { Env } from "../env";
import { sessionContext, type Escalation } from "../escalate/model";
import type { Model } from "../models/catalog";
import { callerOf } from "../principal";
import { askSessions, PATIENCE_MS, refusal } from "./ask";

/** What was said before, in the session that a question belongs to. */
export interface Conversation {
  /** Messages of its session that a model is told before the question. */
  readonly earlier: readonly { role: Role; content: string }[];
  /** Where the question gives no context of its own. */
  readonly context: Partial<Escalation["context"]>;
  /** Return those of *models* to ask: the one that the session prefers, where it is among them. */
  choose(models: readonly Model[]): readonly Model[];
  /** Keep what was asked and answered. It never throws: the answer is paid for, and goes out in any case. */
  remember(answer: string): Promise<void>;
}

const NONE: Conversation = {
  earlier: [],
  context: {},
  choose: (models) => models,
  remember: () => Promise.resolve(),
};

/** ApiError 403 where *wanted* names a session that the key must not go on in. */
export function requireSession(principal: Principal, { session_id }: Escalation): void {
  if (session_id !== undefined) requireScope(principal, "sessions:write");
}

/** Return the conversation that *wanted* goes on; an empty one without a session. ApiError 409 or 503 where it cannot go on. */
export async function conversationOf(env: Env, principal: Principal, wanted: Escalation): Promise<Conversation> {
  const { session_id, request_id } = wanted;
  if (session_id === undefined) return NONE;
  const { accountId } = callerOf(principal);
  const recalled = await askSessions(env, (it) => it.recall(accountId, session_id, request_id));
  if (recalled.refused !== null) throw refusal(recalled.refused);
  return new OpenConversation(env, { accountId, sessionId: session_id }, wanted, recalled);
}

class OpenConversation implements Conversation {
  readonly earlier: Conversation["earlier"];
  readonly context: Conversation["context"];

  constructor(
    private readonly env: Env,
    private readonly where: { accountId: string; sessionId: string },
    private readonly wanted: Escalation,
    private readonly recalled: Recalled,
  ) {
    this.earlier = speakable(recalled.messages);
    this.context = sessionContext(recalled.context);
  }

  choose(models: readonly Model[]): readonly Model[] {
    if (this.wanted.model_preference !== undefined) return models;
    const preferred = models.filter(({ name, id }) => [name, id].includes(this.recalled.modelPreference ?? ""));
    return preferred.length > 0 ? preferred : models;
  }

  async remember(answer: string): Promise<void> {
    const { request_id: requestId, query, model_preference } = this.wanted;
    const preference = model_preference === undefined ? {} : { modelPreference: model_preference };
    const turn = { requestId, query, answer, incarnation: this.recalled.incarnation, ...preference };
    try {
      const { accountId, sessionId } = this.where;
      const said = answer === "" ? "an empty answer" : await within(PATIENCE_MS, this.env.SESSIONS.remember(accountId, sessionId, turn));
      if (said !== "remembered") log("warn", "turn_not_remembered", { why: typeof said === "string" ? said : said.refused });
    } catch (error) {
      log("error", "turn_not_remembered", describeError(error));
    }
  }
}

/** Models want a user to speak first, and nobody to say nothing. */
function speakable(messages: Recalled["messages"]): Conversation["earlier"] {
  const said = messages.filter(({ content }) => content.trim() !== "");
  const begin = said.findIndex(({ role }) => role === "user");
  return said.filter(({ role }, index) => role === "system" || (begin !== -1 && index >= begin));
}
