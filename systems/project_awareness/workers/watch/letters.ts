import { CLOCK } from "#lib/clock";
import { log } from "#lib/log";
import type { Destination } from "./config";
import { stateOf, type Env } from "./env";
import type { Message } from "./incidents";
import { TOLD } from "./rules";
import type { Letter } from "./state_object";

const SEND_MS = 10_000;
/** Of one incident more than begin, word and end are never on their way. */
const MOST_ROUNDS = 3;
const PAGERDUTY = "https://events.pagerduty.com/v2/enqueue";
const ACTIONS = { trigger: "trigger", remind: "trigger", resolve: "resolve" } as const;
const WORDS = { trigger: "begins", remind: "goes on", resolve: "resolved" } as const;

/** Send what there is to tell. What nobody takes stays, and is tried again at the next run. */
export async function sendLetters(env: Env): Promise<void> {
  const state = stateOf(env);
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const letters = await state.hand(CLOCK.now());
    if (letters.length === 0) return;
    const ended = await Promise.all(letters.map(async (letter) => ({ letter, isTaken: await send(env, letter) })));
    const ids = (isTaken: boolean): number[] => ended.filter((each) => each.isTaken === isTaken).map(({ letter }) => letter.id);
    await state.settle(ids(true), ids(false));
    if (ids(false).length > 0) return;
  }
}

/** Whether it was taken. Addresses and keys stay out of the log: Slack's address is its secret. */
async function send(env: Env, { to, message }: Letter): Promise<boolean> {
  const status = await post(to === "pagerduty" ? PAGERDUTY : (env.SLACK_WEBHOOK_URL ?? ""), bodyOf(env, to, message));
  const isTaken = status >= 200 && status < 300;
  if (!isTaken) log("error", "alert_not_delivered", { to, rule: message.rule, action: message.action, status });
  return isTaken;
}

/** The status of the answer; 0 where there was none. */
async function post(address: string, body: object): Promise<number> {
  try {
    const response = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(SEND_MS),
    });
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

/** What *to* is told, in the form that it publishes. */
function bodyOf(env: Env, to: Destination, message: Message): object {
  return to === "pagerduty" ? eventOf(env, message) : slackOf(env, message);
}

/** An event of PagerDuty's Events API v2. */
function eventOf(env: Env, { rule, action, key, text, began }: Message): object {
  const { title, severity } = about(rule);
  const identity = { routing_key: env.PAGERDUTY_API_KEY, event_action: ACTIONS[action], dedup_key: `project-awareness-${env.ENVIRONMENT}-${key}` };
  if (action === "resolve") return identity;
  return {
    ...identity,
    payload: {
      summary: `${title} (${env.ENVIRONMENT}): ${text}`,
      source: new URL(env.OWN_ORIGIN).hostname,
      severity,
      timestamp: new Date(began).toISOString(),
      component: "project-awareness",
      group: env.ENVIRONMENT,
      class: rule,
      custom_details: { measured: text, runbook: `docs/project-awareness.md#${rule}` },
    },
  };
}

/** A message to an incoming webhook of Slack: its text for notifications, and blocks for who reads it. */
function slackOf(env: Env, { rule, action, key, text, began, at }: Message): object {
  const head = `${about(rule).title} (${env.ENVIRONMENT}): ${WORDS[action]}`;
  const since = `since ${new Date(began).toISOString()}, told ${new Date(at).toISOString()}, ${key}`;
  return {
    text: `${head}. ${text}`,
    blocks: [
      { type: "header", text: { type: "plain_text", text: head } },
      { type: "section", text: { type: "mrkdwn", text: `${escaped(text)}\nWhat to do: \`docs/project-awareness.md#${rule}\`` } },
      { type: "context", elements: [{ type: "mrkdwn", text: escaped(since) }] },
    ],
  };
}

/** Slack has these three for marks of its own. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function about(rule: string): Pick<(typeof TOLD)[number], "title" | "severity"> {
  return TOLD.find(({ id }) => id === rule) ?? { title: rule, severity: "warning" };
}
