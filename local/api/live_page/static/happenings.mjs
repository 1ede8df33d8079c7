// Requests and lines of the log as they come. As many as a person can look at are kept, the newest first.

import { clock, code, field, make, table } from "./parts.mjs";

const KEPT = 1000;
const SHOWN = 200;
const BAD = 400;
const HEADS = {
  requests: ["time", "method", "host", "path", "status", "took", "rules that fired"],
  lines: ["time", "worker", "level", "what"],
};

/** What has happened since the page was opened. */
export class Happenings {
  requests = [];
  lines = [];
  missed = { requests: 0, lines: 0 };

  add({ requests, lines, missed }) {
    this.requests = [...requests.toReversed(), ...this.requests].slice(0, KEPT);
    this.lines = [...lines.toReversed(), ...this.lines].slice(0, KEPT);
    this.missed = { requests: this.missed.requests + missed.requests, lines: this.missed.lines + missed.lines };
  }

  /** Time of the last line that is known: a stream that has ended is asked for what came after it. */
  get since() {
    return this.lines[0]?.time;
  }
}

export const requests = (place, _overview, happenings) => list(place, happenings, "requests", "Requests at the edge", requestRow);

export const logs = (place, _overview, happenings) => list(place, happenings, "lines", "What workers print, throw and come to", lineRow);

/** Show a list that grows. Whoever looks at something can hold it. */
function list(place, happenings, what, caption, toRow) {
  let wanted = "";
  const held = make("input", { type: "checkbox", id: "held" });
  const counted = make("p", { class: "quiet" });
  const rows = make("div");
  const update = () => {
    if (held.checked) return;
    const fitting = happenings[what].filter((each) => JSON.stringify(each).toLowerCase().includes(wanted));
    const missed = happenings.missed[what] > 0 ? `, ${happenings.missed[what]} came too fast to be listed` : "";
    counted.textContent = `${Math.min(fitting.length, SHOWN)} of ${happenings[what].length} shown${missed}`;
    fill(rows, table(caption, HEADS[what], fitting.slice(0, SHOWN).map(toRow), "none yet"));
  };
  const filter = field("Only with", { type: "search", id: "filter" }, (value) => {
    wanted = value.toLowerCase();
    update();
  });
  held.addEventListener("change", update);
  place.append(make("div", { class: "tools" }, filter, make("label", { class: "check" }, held, "hold")), counted, rows);
  update();
  return { update: (batch) => batch[what].length > 0 && update() };
}

/** Put new content into a place without taking the keyboard away from a table that scrolls. */
function fill(place, content) {
  const hadFocus = place.contains(document.activeElement);
  place.replaceChildren(content);
  if (hadFocus) content.focus();
}

function requestRow({ at, took, method, host, path, status, rules }) {
  const answered = { text: status, looks: status >= BAD ? "bad" : "good" };
  const fired = rules.map(({ action, name }) => `${action} by ${name}`).join(", ");
  return [clock(at), method, code(host), code(path), answered, `${took} ms`, fired];
}

function lineRow({ at, worker, level, message, stack }) {
  return [clock(at * 1000), worker ?? "runtime", { text: level, looks: level === "error" ? "bad" : undefined }, code(stack || message)];
}
