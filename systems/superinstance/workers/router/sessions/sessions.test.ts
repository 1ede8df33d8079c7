import * as v from "valibot";
import { beforeEach, describe, expect, it } from "vitest";

import { sha256Hex } from "#lib/hash";
import type { Session } from "../../session_state/api";
import { ACCOUNT, code, completion, harness, message, useHarness } from "../harness";
import { ADDED, DELETED, LISTED, SESSION, SESSION_SUMMARY } from "../reference/sessions";

useHarness();

const SESSION_ID = "s-1";

function post(operation: string, body: unknown, headers?: Record<string, string>): Promise<Response> {
  return harness.ask("POST", `/v1/sessions/${operation}`, body, headers);
}

async function read(query = ""): Promise<Session> {
  return (await harness.ask("GET", `/v1/sessions/get?session_id=${SESSION_ID}${query}`)).json<Session>();
}

function said({ messages }: Session): string[] {
  return messages.map(({ role, content }) => `${role}: ${content}`);
}

/** What the last model was sent. */
async function sent(): Promise<{ system?: string; messages: { role: string; content: string }[]; model: string }> {
  const last = harness.asked.at(-1);
  if (last === undefined) throw new Error("no model was asked");
  return last.clone().json();
}

describe("the six operations (SI-4)", () => {
  it("add, read, change, list, clear and delete a session", async () => {
    const taken = await post("add-message", { session_id: SESSION_ID, message_id: "query:q-1", content: "Hello there" });
    expect(taken.status).toBe(400);
    const added = await post("add-message", { session_id: SESSION_ID, message_id: "m-1", content: "Hello there" });
    const again = await post("add-message", { session_id: SESSION_ID, message_id: "m-1", content: "Hello there" });
    const changed = await post("update-context", { session_id: SESSION_ID, context: { a: 1 }, title: "A title", model_preference: "gpt" });

    expect([added.status, again.status, changed.status]).toEqual([201, 200, 200]);
    expect(await again.json()).toMatchObject({ added: false, message: { number: 1, role: "user" } });
    expect(await read()).toMatchObject({ user_id: ACCOUNT, title: "A title", context: { a: 1 }, model_preference: "gpt", earlier: null });
    expect(await (await harness.ask("GET", "/v1/sessions/list")).json()).toMatchObject({ sessions: [{ session_id: SESSION_ID }], next: null });
    expect(await (await post("clear", { session_id: SESSION_ID })).json()).toMatchObject({ message_count: 0, title: "A title" });
    expect(await (await post("delete", { session_id: SESSION_ID })).json()).toEqual({ session_id: SESSION_ID, deleted: true });
    for (const operation of ["delete", "clear"]) expect(await code(await post(operation, { session_id: SESSION_ID }))).toBe("session_not_found");
    expect((await harness.ask("GET", `/v1/sessions/get?session_id=${SESSION_ID}`)).status).toBe(404);
  });

  it("answer as the reference says", async () => {
    const added = await (await post("add-message", { session_id: SESSION_ID, content: "Hello" })).json();
    const changed = await (await post("update-context", { session_id: SESSION_ID, context: { a: [null] } })).json();
    const listed = await (await harness.ask("GET", "/v1/sessions/list")).json();
    const session = await read();
    const cleared = await (await post("clear", { session_id: SESSION_ID })).json();
    const deleted = await (await post("delete", { session_id: SESSION_ID })).json();

    v.parse(v.tuple([ADDED, SESSION_SUMMARY, LISTED, SESSION, SESSION_SUMMARY, DELETED]), [added, changed, listed, session, cleared, deleted]);
  });

  it("make ids where none are given", async () => {
    const added = await (await post("add-message", { content: "Hello" })).json<{ session: { session_id: string }; message: { message_id: string } }>();

    expect([added.session.session_id, added.message.message_id]).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/), expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it("list page by page", async () => {
    for (const id of ["a&b=c", "b", "c"]) await post("add-message", { session_id: id, content: "x" });
    const one = await (await harness.ask("GET", "/v1/sessions/list?limit=2")).json<{ next: string }>();
    const two = await (await harness.ask("GET", `/v1/sessions/list?limit=2&cursor=${one.next}`)).json();

    expect(one).toMatchObject({ sessions: [{ session_id: "c" }, { session_id: "b" }] });
    expect(two).toMatchObject({ sessions: [{ session_id: "a&b=c" }], next: null });
  });

  it.each([
    ["add-message", { session_id: "a b", content: "x" }, "session_id must be 1 to 128 visible ASCII characters"],
    ["add-message", { content: "" }, "content must be text of 1 to 400000 characters"],
    ["add-message", { content: "x", role: "tool" }, "role must be one of user, assistant, system"],
    ["add-message", { content: "x", user_id: "other" }, "the body must be an object of session_id, message_id, role, content"],
    ["update-context", { session_id: "s", context: [] }, "context must be an object"],
    ["update-context", { session_id: "s", context: { constraints: 7 } }, "context.constraints must be text, or a list"],
    ["update-context", { session_id: "s", context: { a: { constructor: 1 } } }, "free of reserved names"],
    ["update-context", { session_id: "s", title: " " }, "title must be one line of 1 to 200 characters"],
    ["delete", {}, "session_id must be"],
  ])("refuse %s with %j", async (operation, body, said) => {
    const refused = await post(operation, body);

    expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining(said)]);
  });

  it.each(["cursor=x", "cursor=MTIz", "limit=0", "limit=101"])("refuse a list with %s", async (query) => {
    expect((await harness.ask("GET", `/v1/sessions/list?${query}`)).status).toBe(400);
  });

  it("say what is too much", async () => {
    await post("add-message", { session_id: SESSION_ID, message_id: "m-1", content: "x" });

    expect(await code(await post("add-message", { session_id: SESSION_ID, message_id: "m-1", content: "y" }))).toBe("message_id_reused");
    const context = { note: "x".repeat(20_000) };
    expect(await code(await post("update-context", { session_id: SESSION_ID, context }))).toBe("context_too_large");
  });

  it("are not to be had while sessions are out, and the router goes on worse", async () => {
    harness.sessions.objects.outage = true;

    expect(await code(await harness.ask("GET", "/v1/sessions/list"))).toBe("sessions_unavailable");
    expect(await (await harness.ask("GET", "/health")).json()).toMatchObject({ status: "degraded", checks: { sessions: "failed" } });
    expect((await harness.escalate("q-1")).status).toBe(200);
  });
});

describe("a key", () => {
  const OTHER = { Authorization: "Bearer canary-other-key" };

  beforeEach(async () => {
    await post("add-message", { session_id: SESSION_ID, content: "mine" });
  });

  async function admit(more: object): Promise<void> {
    await harness.keys.binding.put(await sha256Hex("canary-other-key"), JSON.stringify({ id: "other", ...more }));
  }

  it("of another account sees and changes nothing of it", async () => {
    await admit({ account_id: "other" });

    expect(await (await harness.ask("GET", "/v1/sessions/list", undefined, OTHER)).json()).toEqual({ sessions: [], next: null });
    expect((await harness.ask("GET", `/v1/sessions/get?session_id=${SESSION_ID}`, undefined, OTHER)).status).toBe(404);
    expect((await post("delete", { session_id: SESSION_ID }, OTHER)).status).toBe(404);
    await harness.ask("POST", "/v1/escalate", { request_id: "q-1", query: "what is there?", session_id: SESSION_ID }, OTHER);
    expect((await sent()).messages).toHaveLength(1);
    expect(said(await read())).toEqual(["user: mine"]);
  });

  it.each([
    [["ask", "read"], [403, 403, 403]],
    [["ask", "sessions:read"], [200, 403, 403]],
    [["ask", "sessions:read", "sessions:write"], [200, 201, 200]],
  ])("of %j reads, writes and goes on in sessions: %j", async (scopes, statuses) => {
    await admit({ account_id: ACCOUNT, scopes });
    const answers = [
      await harness.ask("GET", "/v1/sessions/list", undefined, OTHER),
      await post("add-message", { session_id: SESSION_ID, content: "x" }, OTHER),
      await harness.ask("POST", "/v1/escalate", { request_id: "q-1", query: "x", session_id: SESSION_ID }, OTHER),
    ];

    expect(answers.map(({ status }) => status)).toEqual(statuses);
  });
});

describe("a question in a session (SI-2, SI-4)", () => {
  const inSession = { session_id: SESSION_ID };

  it("is remembered with its answer, and told to the model with the next", async () => {
    await harness.escalate("q-1", { ...inSession, query: "my name is Ada" });
    await harness.escalate("q-2", { ...inSession, query: "what is my name?" });

    expect((await sent()).messages).toEqual([
      { role: "user", content: "my name is Ada" },
      { role: "assistant", content: "an answer" },
      { role: "user", content: "what is my name?" },
    ]);
    expect(await read()).toMatchObject({ title: "my name is Ada", message_count: 4 });
  });

  it("is told in the form of the other provider as well, with what the system says", async () => {
    harness.provider = completion;
    await post("add-message", { ...inSession, role: "assistant", content: "nobody asked" });
    await post("add-message", { ...inSession, role: "system", content: "Be short." });
    await post("add-message", { ...inSession, content: "hello" });

    await harness.escalate("q-1", { ...inSession, query: "and now?", model_preference: "gpt" });

    expect((await sent()).messages).toEqual([
      { role: "system", content: "Be short." },
      { role: "user", content: "hello" },
      { role: "user", content: "and now?" },
    ]);
  });

  it("is remembered once where it is asked again, and gets the answer it had", async () => {
    const first = await (await harness.escalate("q-1", inSession)).text();
    const again = await harness.escalate("q-1", inSession);

    expect([await again.text(), again.headers.get("Idempotent-Replayed")]).toEqual([first, "true"]);
    expect((await read()).message_count).toBe(2);
  });

  it("asks the model that was wanted last in it, and any where that is no more", async () => {
    harness.provider = (request) => (request.url.includes("anthropic") ? message() : completion());
    await harness.escalate("q-1", { ...inSession, model_preference: "gpt" });
    expect(await (await harness.escalate("q-2", inSession)).json()).toMatchObject({ model: "gpt" });

    await post("update-context", { ...inSession, model_preference: "parrot" });

    expect(await (await harness.escalate("q-3", inSession)).json()).toMatchObject({ model: "claude" });
    expect(await read()).toMatchObject({ model_preference: "parrot" });
  });

  it("knows what the context of its session says, unless it says something else itself", async () => {
    await post("update-context", { ...inSession, context: { constraints: ["in kilometres"], pathos_framing: "calm", seat: 7 } });
    await harness.escalate("q-1", { ...inSession, context: { pathos_framing: "excited" } });

    const { system } = await sent();
    expect(system).toContain("in kilometres");
    expect(system).toContain("excited");
    expect(system).not.toContain("calm");
  });

  it("costs nothing where its session cannot be reached, and can be asked again", async () => {
    harness.sessions.objects.outage = true;
    expect(await code(await harness.escalate("q-1", inSession))).toBe("sessions_unavailable");
    expect(harness.asked).toEqual([]);
    harness.sessions.objects.outage = false;

    expect((await harness.escalate("q-1", inSession)).status).toBe(200);
  });

  it("costs nothing where there is no room for its session", async () => {
    harness.sessions.variables.SESSIONS_PER_USER = "1";
    await post("add-message", { session_id: "other", content: "x" });

    expect(await code(await harness.escalate("q-1", inSession))).toBe("too_many_sessions");
    expect(harness.asked).toEqual([]);
  });

  it("is answered although it cannot be remembered, and the log says so without its text", async () => {
    harness.provider = () => {
      harness.sessions.objects.outage = true;
      return message();
    };

    expect((await harness.escalate("q-1", inSession)).status).toBe(200);
    expect(harness.lines()).toContain("turn_not_remembered");
    expect(harness.lines()).not.toContain("canary-question");
  });

  it("does not come back into a session that is deleted while it is answered", async () => {
    await post("add-message", { ...inSession, content: "x" });
    harness.provider = async () => {
      await post("delete", inSession);
      return message();
    };
    await harness.escalate("q-1", inSession);

    expect((await harness.ask("GET", `/v1/sessions/get?session_id=${SESSION_ID}`)).status).toBe(404);
  });
});

describe("a stream in a session", () => {
  const events = (list: [string, object][]): Response =>
    new Response(list.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`).join(""), {
      headers: { "Content-Type": "text/event-stream" },
    });
  const usage = { input_tokens: 3, output_tokens: 2 };
  const delta = (text: string): [string, object] => ["content_block_delta", { delta: { type: "text_delta", text } }];
  const BEGIN: [string, object] = ["message_start", { message: { usage } }];

  function stream(requestId: string, more: object): Promise<Response> {
    return harness.ask("POST", "/v1/stream", { request_id: requestId, query: "asks", session_id: SESSION_ID, ...more });
  }

  it("of Anthropic is remembered when it is whole", async () => {
    harness.provider = () => events([BEGIN, ["content_block_delta", { delta: { type: "thinking_delta", thinking: "hm" } }], delta("an "), delta("answer"), ["message_stop", {}]]);
    await (await stream("q-1", { model_preference: "claude" })).text();
    await harness.settled();

    expect(said(await read())).toEqual(["user: asks", "assistant: an answer"]);
    expect(await read()).toMatchObject({ model_preference: "claude" });
  });

  it("of OpenAI is remembered when it is whole", async () => {
    const chunk = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;
    harness.provider = () => new Response(`${chunk("an ")}${chunk("answer")}data: [DONE]\n\n`, { headers: { "Content-Type": "text/event-stream" } });
    await (await stream("q-1", { model_preference: "gpt" })).text();

    expect(said(await read())).toEqual(["user: asks", "assistant: an answer"]);
  });

  it("that breaks is not remembered", async () => {
    harness.provider = () => events([BEGIN, delta("half")]);
    await (await stream("q-1", {})).text().catch(() => undefined);
    await harness.settled();

    expect((await harness.ask("GET", `/v1/sessions/get?session_id=${SESSION_ID}`)).status).toBe(404);
  });
});
