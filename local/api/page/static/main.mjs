// The live page: which view is shown, and what all of them share.

import { ask, enter, follow, Refused } from "./ask.mjs";
import { cost } from "./cost.mjs";
import { Happenings, logs, requests } from "./happenings.mjs";
import { hosts, overview } from "./overview.mjs";
import { make, wrong } from "./parts.mjs";
import { rules } from "./rules.mjs";
import { storage } from "./storage.mjs";
import { triggers } from "./triggers.mjs";

const VIEWS = { overview, hosts, requests, logs, storage, triggers, rules, cost };
const AGAIN_MILLISECONDS = 1000;

const happenings = new Happenings();
const state = document.getElementById("state");
const view = document.getElementById("view");
let latest;
let shown = { update() {} };

const chosen = () => (location.hash.slice(2) in VIEWS ? location.hash.slice(2) : "overview");

function say(text, isBad = false) {
  state.textContent = text;
  state.classList.toggle("bad", isBad);
}

async function load() {
  latest = await ask("overview");
}

/** Say how it is; whoever reads that sees from then on all that happens. */
function sayHow() {
  const of = latest.stack ? `${latest.stack}: ` : "";
  say(latest.ready ? `${of}serves` : `does not serve: ${latest.last_error ?? "see make logs"}`, !latest.ready);
}

/** Show the view of the address. A view gets a place, the overview and what has happened. */
async function show() {
  const name = chosen();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const place = make("div");
  view.replaceChildren(place);
  shown = { update() {} };
  const made = await attempt(place, () => VIEWS[name](place, latest, happenings));
  if (place.isConnected && made) shown = made;
}

/** Do something for a place; what is refused is said there. */
async function attempt(place, action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    place.replaceChildren(wrong(error.message));
    return undefined;
  }
}

async function take(batch) {
  happenings.add(batch);
  if (batch.changed) {
    await load();
    sayHow();
    if (["overview", "hosts"].includes(chosen())) await show();
  }
  shown.update(batch);
}

async function followAlways() {
  for (;;) {
    try {
      await follow((batch) => void take(batch).catch((error) => say(error.message, true)), happenings.since);
      say("the stream has ended; asking again", true);
    } catch (error) {
      say(error.message, true);
      if (error.status === 401) return;
    }
    await new Promise((done) => setTimeout(done, AGAIN_MILLISECONDS));
  }
}

async function begin() {
  const links = Object.keys(VIEWS).map((name) => make("a", { href: `#/${name}` }, name));
  document.querySelector("nav").append(...links);
  await enter();
  await load();
  await show();
  addEventListener("hashchange", () => void show().then(() => view.focus()));
  await followAlways();
}

begin().catch((error) => {
  say("not let in", true);
  view.replaceChildren(wrong(error.message));
});
