// The login page at the team's host, `<team>.cloudflareaccess.com`: a mail address, then a code. No mail
// is sent: the code stands in the log of the local Cloudflare, so that only its owner can read it.

import { env, waitUntil } from "cloudflare:workers";
import { askCode, askMail, moved, wrong } from "./pages.mjs";
import { factsOf } from "./policies.mjs";

/** @import { Application } from "./application.mjs" */
/** @import { Facts } from "./policies.mjs" */

/** @typedef {{ app: Application, host: string, to: string, facts: Facts }} Entrance */

/**
 * @typedef {object} Login that was begun
 * @property {string} aud of the application
 * @property {string} host that is entered
 * @property {string} to path and query
 * @property {string} email
 * @property {string} code
 * @property {number} until milliseconds
 * @property {number} tries that are left
 */

/** @typedef {{ jwt: string, aud: string, host: string, to: string, seconds: number, until: number }} Pass a session, on its way to its host */

const PATH = "/cdn-cgi/access/login/";
const MINUTES = 10;
const TRIES = 5;
const MOST = 1000;
const LONGEST_MAIL = 254;
const DIGITS = 6;

/** @type {Map<string, Login>} */
const logins = new Map();
/** @type {Map<string, Pass>} */
const passes = new Map();

/**
 * Where a person is sent who is to log in.
 * @param {string} team
 * @param {string} host
 * @param {string} target
 * @param {string} aud
 */
export function loginAt(team, host, target, aud) {
  return `https://${team}${PATH}${host}?${new URLSearchParams({ kid: aud, redirect_url: target }).toString()}`;
}

/**
 * Answer at the team's host.
 * @param {Request} request
 * @param {string} target path and query
 * @param {Map<string, Application>} apps by audience
 * @param {string} certificates
 */
export async function serveTeam(request, target, apps, certificates) {
  const url = new URL(target, "https://team");
  if (url.pathname === "/cdn-cgi/access/certs") return Response.json(JSON.parse(certificates));
  if (!url.pathname.startsWith(PATH)) return new Response("not found\n", { status: 404 });
  const app = apps.get(url.searchParams.get("kid") ?? "");
  if (app === undefined) return wrong("There is no such application, or it is no longer guarded.");
  const host = url.pathname.slice(PATH.length);
  const to = url.searchParams.get("redirect_url") ?? "/";
  if (!/^[a-z0-9.-]+$/.test(host) || !isPath(to)) return wrong("This address leads nowhere.");
  if (request.method !== "POST") return askMail(app.declared.name);
  const form = await request.formData().catch(() => undefined);
  return form ? answered(form, { app, host, to, facts: factsOf(request) }) : wrong("This is no answer to a form.");
}

/**
 * @param {FormData} form
 * @param {Entrance} entrance
 */
function answered(form, entrance) {
  const id = text(form.get("login"));
  return id === "" ? begin(text(form.get("email")), entrance) : enter(id, text(form.get("code")), entrance);
}

/** @param {string | File | null} value */
const text = (value) => (typeof value === "string" ? value.trim() : "");

/**
 * @param {string} given
 * @param {Entrance} entrance
 */
function begin(given, { app, host, to, facts }) {
  const email = given.toLowerCase();
  if (!/^[^\s@<>"]+@[^\s@<>"]+$/.test(email) || email.length > LONGEST_MAIL) return askMail(app.declared.name);
  const id = crypto.randomUUID();
  const code = number();
  const may = app.policies.forPeople({ ...facts, email }) !== undefined;
  if (may) keep(logins, id, { aud: app.declared.aud, host, to, email, code, until: Date.now() + MINUTES * 60_000, tries: TRIES });
  note(may ? `code of ${email} for ${host}: ${code} (${MINUTES} minutes)` : `${email} asked for a code for ${host}: no policy of ${app.declared.name} lets in, or one blocks`);
  return askCode(app.declared.name, id, false);
}

/**
 * @param {string} id
 * @param {string} code
 * @param {Entrance} entrance
 */
async function enter(id, code, { app, host, facts }) {
  const login = logins.get(id);
  if (login === undefined || login.until < Date.now() || login.tries < 1) return askCode(app.declared.name, id, true);
  login.tries -= 1;
  if (login.code !== code || login.aud !== app.declared.aud || login.host !== host) return askCode(app.declared.name, id, true);
  logins.delete(id);
  const { email, to, aud } = login;
  const policy = app.policies.forPeople({ ...facts, email });
  if (policy === undefined) return askCode(app.declared.name, id, true);
  const session = { email, sub: await subject(email), identity_nonce: crypto.randomUUID(), country: facts.country };
  const jwt = await app.signer.sign(aud, policy.seconds, session);
  const nonce = crypto.randomUUID();
  keep(passes, nonce, { jwt, aud, host, to, seconds: policy.seconds, until: Date.now() + 60_000 });
  return moved(`https://${host}/cdn-cgi/access/authorized?${new URLSearchParams({ nonce }).toString()}`);
}

/**
 * Take the session that was made for a host; once, and there only.
 * @param {string} nonce
 * @param {string} host
 */
export function redeem(nonce, host) {
  const pass = passes.get(nonce);
  passes.delete(nonce);
  return pass !== undefined && pass.host === host && pass.until > Date.now() ? pass : undefined;
}

// A path of the host itself: `//elsewhere` and `/\elsewhere` are others.
/** @param {string} to */
const isPath = (to) => /^\/(?![/\\])/.test(to);

/**
 * @template Value
 * @param {Map<string, Value & { until: number }>} map
 * @param {string} id
 * @param {Value & { until: number }} value
 */
function keep(map, id, value) {
  const now = Date.now();
  for (const [each, { until }] of map) if (until < now) map.delete(each);
  if (map.size >= MOST) map.clear();
  map.set(id, value);
}

// Every code is as likely as any other.
function number() {
  const most = 10 ** DIGITS;
  for (;;) {
    const [found = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (found < 4_294_967_296 - (4_294_967_296 % most)) return String(found % most).padStart(DIGITS, "0");
  }
}

// A person is the same one in every application and after every restart.
/** @param {string} email */
async function subject(email) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(email)));
  const hex = [...hash.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// What is under way when a request has been answered is given up, unless it is waited for: the line with the
// code would be missing, on a busy machine, and nobody could enter.
/** @param {string} reason */
function note(reason) {
  const body = JSON.stringify({ worker: "access", level: "info", reason });
  waitUntil(env.TAIL.fetch("http://tail/", { method: "POST", body }));
}
