// Schedules and queues, and buttons that start them now.

import { ask, Refused } from "./ask.mjs";
import { button, code, make, opener, quiet, table } from "./parts.mjs";

/** Show schedules and queues. */
export async function triggers(place) {
  const { schedules, queues } = await ask("triggers");
  const said = make("p", { role: "status" });
  place.replaceChildren(
    said,
    table("Schedules", ["worker", "cron", "now"], schedules.map((each) => scheduleRow(each, said)), "none"),
    table("Queues", ["queue", "waiting", "consumer", "gives up to", "now"], queues.map((each) => queueRow(each, said)), "none"),
    quiet("A message is sent as JSON where it is some, and as text otherwise."),
    opener("Look again", place, () => triggers(place)),
  );
}

function scheduleRow({ worker, cron }, said) {
  const run = () => tell(said, `${worker} ${cron}`, async () => `ended as ${(await ask(["cron", worker], { method: "POST", query: { cron } })).outcome}`);
  return [worker, code(cron), button("Run now", run, { "aria-label": `Run ${cron} of ${worker} now` })];
}

function queueRow({ id, name, waiting, consumer, gives_up_to }, said) {
  const body = make("input", { type: "text", value: "{}", "aria-label": `Message to ${name}` });
  const send = () => tell(said, name, async () => {
    await ask(["queues", id, "messages"], { method: "POST", body: { body: body.value } });
    return "the message is sent";
  });
  const now = make("div", { class: "tools" }, body, button("Send", send, { "aria-label": `Send to ${name}` }));
  return [name, waiting ?? "not known", consumer || "nobody", gives_up_to, now];
}

/** Do something and say how it ended. */
async function tell(said, about, action) {
  said.className = "quiet";
  said.textContent = `${about}: under way`;
  try {
    said.textContent = `${about}: ${await action()}`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    said.className = "bad";
    said.textContent = `${about}: ${error.message}`;
  }
}
