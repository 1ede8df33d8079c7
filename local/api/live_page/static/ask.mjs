// How the page asks the local Cloudflare: with the session of this tab, which no other page can read.

const ROOT = "/local/page";
const KEPT = "session";

/** What a request came to that was refused; its message is for people. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const LINK = /^#\d+\.[0-9a-f]{64}$/;

/** Whether the address has a link: one that was pasted into an open page, too. */
export const hasLink = () => LINK.test(location.hash);

/** Turn the link in the address, if there is one, into a session, and take it out of the address. */
export async function enter() {
  if (!hasLink()) return;
  const link = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
  const { session } = await ask("session", { method: "POST", body: { link } });
  sessionStorage.setItem(KEPT, session);
}

/** Return the result of a request; throws Refused. `parts` become one path, each of them encoded. */
export async function ask(parts, { method = "GET", query = {}, body } = {}) {
  const answer = await request(parts, method, query, body);
  const said = await answer.json().catch(() => undefined);
  if (!answer.ok) throw new Refused(answer.status, said?.errors?.[0]?.message ?? `status ${answer.status}`);
  return said.result;
}

async function request(parts, method, query, body, signal) {
  const path = [parts].flat().map(encodeURIComponent).join("/");
  const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== "" && value !== undefined));
  const headers = { authorization: `Bearer ${sessionStorage.getItem(KEPT) ?? ""}` };
  if (body !== undefined) headers["content-type"] = "application/json";
  const sent = { method, headers, body: body === undefined ? undefined : JSON.stringify(body), credentials: "omit", signal };
  try {
    return await fetch(`${ROOT}/${path}?${asked}`, sent);
  } catch {
    throw new Refused(0, "the local Cloudflare does not answer; run make start");
  }
}

// A browser keeps a page that was left, for "back", and with it the stream: of the six connections that
// it has to a host none would be free after a few visits, and the next one would wait for a minute.
let stream = new AbortController();
addEventListener("pagehide", () => stream.abort());

/**
 * Pass on batches of what happens, with lines after `since`, until the stream ends or the page is left;
 * throws Refused.
 */
export async function follow(take, since) {
  stream = new AbortController();
  const answer = await request("events", "GET", { since }, undefined, stream.signal);
  if (!answer.ok) throw new Refused(answer.status, (await answer.json()).errors[0].message);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) if (event.startsWith("data: ")) take(JSON.parse(event.slice(6)));
  }
}
