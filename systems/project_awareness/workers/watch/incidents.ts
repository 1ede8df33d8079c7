import type { Limits } from "./config";
import { RULES, SILENCE, type Finding } from "./rules";

/** An alert that lasts. */
interface Incident {
  /** What both its messages have: the rule and when it began, so that a late end ends no other. */
  key: string;
  began: number;
  /** When it was told of last. */
  told: number;
  /** Since when all is well again; 0 while it is not. */
  calmSince: number;
}

/** What is kept between two minutes, by rule. Times are milliseconds since 1970. */
export interface Known {
  incidents: Readonly<Record<string, Incident>>;
  /** When a rule last had something to judge by. */
  seen: Readonly<Record<string, number>>;
}

/** Something to tell of an incident. */
export interface Message {
  rule: string;
  action: "trigger" | "remind" | "resolve";
  key: string;
  text: string;
  began: number;
  at: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

export const NOTHING_KNOWN: Known = { incidents: {}, seen: {} };

/** Take in what was found at *now*; return what is known then, and what there is to tell. */
export function takeIn(known: Known, found: readonly Finding[], now: number, limits: Limits): { known: Known; messages: Message[] } {
  const seen = { ...Object.fromEntries(RULES.map(({ id }) => [id, now])), ...known.seen };
  for (const { rule } of found) seen[rule] = now;
  const incidents = { ...known.incidents };
  const messages: Message[] = [];
  for (const finding of [...found, silence(seen, now, limits)]) {
    const { incident, message } = follow(incidents[finding.rule], finding, now, limits);
    if (incident === undefined) Reflect.deleteProperty(incidents, finding.rule);
    else incidents[finding.rule] = incident;
    if (message !== undefined) messages.push(message);
  }
  return { known: { incidents, seen }, messages };
}

/** Nothing to judge by is no error and no well-being: it is found by how long it lasts. */
function silence(seen: Readonly<Record<string, number>>, now: number, { silent_minutes: minutes }: Limits): Finding {
  const silent = RULES.map(({ id }) => id).filter((id) => now - (seen[id] ?? now) >= minutes * MINUTE_MS);
  const text = `nothing for ${minutes} minutes or more: ${silent.join(", ")}`;
  return { rule: SILENCE.id, isCrossed: silent.length > 0, text: silent.length > 0 ? text : "all rules are judged again" };
}

interface Followed {
  incident?: Incident;
  message?: Message;
}

/** What becomes of an incident, or of none, by what was found. */
function follow(incident: Incident | undefined, finding: Finding, now: number, limits: Limits): Followed {
  if (incident === undefined) return finding.isCrossed ? begin(finding, now) : {};
  if (finding.isCrossed) return goOn({ ...incident, calmSince: 0 }, finding, now, limits);
  const calmSince = incident.calmSince || now;
  if (now - calmSince < limits.calm_minutes * MINUTE_MS) return { incident: { ...incident, calmSince } };
  return { message: tell(incident, "resolve", finding, now) };
}

function begin(finding: Finding, now: number): Followed {
  const incident = { key: `${finding.rule}-${now}`, began: now, told: now, calmSince: 0 };
  return { incident, message: tell(incident, "trigger", finding, now) };
}

function goOn(incident: Incident, finding: Finding, now: number, { remind_hours: hours }: Limits): Followed {
  if (hours === 0 || now - incident.told < hours * HOUR_MS) return { incident };
  return { incident: { ...incident, told: now }, message: tell(incident, "remind", finding, now) };
}

function tell({ key, began }: Incident, action: Message["action"], { rule, text }: Finding, now: number): Message {
  return { rule, action, key, text, began, at: now };
}
