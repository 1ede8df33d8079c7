// The live page: which view is shown, and what all of them share.

import { ask, enter, follow, hasLink } from "./ask.mjs";
import { cost } from "./cost.mjs";
import { Happenings, logs, requests } from "./happenings.mjs";
import { hosts, overview } from "./overview.mjs";
import { attempt, make, wrong } from "./parts.mjs";
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
let isStale = false;
let refreshing;

const chosen = () => (Object.hasOwn(VIEWS, location.hash.slice(2)) ? location.hash.slice(2) : "overview");

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
  const place = make("div", { tabindex: -1 });
  view.replaceChildren(place);
  shown = { update() {} };
  const made = await attempt(place, () => VIEWS[name](place, latest, happenings));
  if (place.isConnected && made) shown = made;
}

async function take(batch) {
  happenings.add(batch);
  shown.update(batch);
  if (!batch.changed) return;
  isStale = true;
  refreshing ??= refresh().finally(() => { refreshing = undefined; });
  await refreshing;
}

/** Ask for the overview until it is that of the last change: once at a time, however fast changes come. */
async function refresh() {
  while (isStale) {
    isStale = false;
    await load();
    sayHow();
    if (["overview", "hosts"].includes(chosen())) await showAgain();
  }
}

/** Show the view anew, without taking the keyboard out of it. */
async function showAgain() {
  const hadFocus = view.contains(document.activeElement);
  await show();
  if (hadFocus) view.focus({ preventScroll: true });
}

/** Go where the address leads: to another view, or in anew. */
function go() {
  if (hasLink()) location.reload();
  else if (latest !== undefined) void show().then(() => view.focus());
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
  await followAlways();
}

addEventListener("hashchange", go);
begin().catch((error) => {
  say("not let in", true);
  view.replaceChildren(wrong(error.message));
});
