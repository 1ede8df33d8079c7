import { beforeEach, describe, expect, it, vi } from "vitest";

import { stubRuntime } from "#lib/testing/runtime";
import { harness, session, START, useHarness } from "./harness";
import type { SessionStateDO } from "./session_do";
import { CALLER_HEADER, TOKEN_EXPIRED, type Caller } from "./sockets";

stubRuntime();
useHarness();

/** What `new WebSocketPair()` throws here: the object has let the caller in. */
const OPENED = "WebSocketPair";

async function upgraded(object: SessionStateDO): Promise<Response> {
  const caller: Caller = { tokenId: "t", mayWrite: true, until: null };
  return await object.fetch(new Request("https://session/ws", { headers: { Upgrade: "websocket", [CALLER_HEADER]: JSON.stringify(caller) } }));
}

describe("a socket", () => {
  let object: SessionStateDO;

  beforeEach(async () => {
    object = harness.start();
    await object.create(session());
  });

  it("gets state and pings answered", async () => {
    const socket = harness.attach();

    await object.webSocketMessage(socket.binding, '{"type":"get"}');
    await object.webSocketMessage(socket.binding, '{"type":"ping"}');

    expect(socket.sent).toMatchObject([
      { type: "session", session: { sessionId: "s" } },
      { type: "pong", wakeups: 1 },
    ]);
  });

  it("tells every socket of an update", async () => {
    const [one, other] = [harness.attach(), harness.attach()];

    await object.webSocketMessage(one.binding, '{"type":"update","metadata":{"a":1}}');

    for (const socket of [one, other]) {
      expect(socket.sent).toMatchObject([{ type: "updated", session: { metadata: { a: 1 } } }]);
    }
  });

  it.each([
    ["{", "invalid_message"],
    ["[]", "invalid_message"],
    ['{"type":"erase"}', "invalid_message"],
    ['{"type":"update"}', "invalid_request"],
    ['{"type":"update","metadata":{"__proto__":1}}', "invalid_request"],
    [`{"type":"update","metadata":{"a":"${"x".repeat(100)}"}}`, "state_too_large"],
  ])("is told what is wrong with %s", async (message, code) => {
    const socket = harness.attach();

    await object.webSocketMessage(socket.binding, message);

    expect(socket.sent).toMatchObject([{ type: "error", error: { code } }]);
    expect(await object.read()).toMatchObject({ revision: 1 });
  });

  it("changes nothing without the scope", async () => {
    const socket = harness.attach({ mayWrite: false });

    await object.webSocketMessage(socket.binding, '{"type":"update","metadata":{"a":1}}');

    expect(socket.sent).toMatchObject([{ type: "error", error: { code: "insufficient_scope" } }]);
    expect(await object.read()).toMatchObject({ revision: 1 });
  });

  it("is closed once its token has expired, and told nothing more", async () => {
    const [expired, good] = [harness.attach({ until: START + 1000 }), harness.attach()];
    vi.setSystemTime(START + 1000);

    await object.change({ metadata: { secret: 1 } });
    await object.webSocketMessage(expired.binding, '{"type":"get"}');

    expect(expired.closed).toEqual({ code: TOKEN_EXPIRED, reason: "token expired" });
    expect(expired.sent).toEqual([]);
    expect(good.sent).toHaveLength(1);
  });

  it("is closed when its message is too big", async () => {
    const socket = harness.attach();

    await object.webSocketMessage(socket.binding, "x".repeat(2000));

    expect(socket.closed).toMatchObject({ code: 1009 });
  });

  it("is counted no more once it was closed, though its client has gone and never answers", async () => {
    for (let index = 0; index < 99; index++) harness.attach();
    const expired = harness.attach({ until: START + 1000 });
    expect((await upgraded(object)).status).toBe(429);

    vi.setSystemTime(START + 1000);
    await object.change({ metadata: { a: 1 } });

    expect(expired.closed).toBeDefined();
    await expect(upgraded(object)).rejects.toThrow(OPENED);
  });

  it("is refused without an upgrade, to others than the owner, and without a session", async () => {
    const ask = (caller: Partial<Caller>): Promise<Response> => {
      const headers = { [CALLER_HEADER]: JSON.stringify(caller) };
      return object.fetch(new Request("https://session/ws", { headers }));
    };
    const plain = [await ask({}), await ask({ owners: null }), await ask({ owners: ["CHITTY-1"] })];
    const others = await ask({ owners: ["CHITTY-2"] });
    await object.end();
    const gone = await ask({});

    expect([...plain, others, gone].map(({ status }) => status)).toEqual([426, 426, 426, 404, 404]);
  });

  it("of a token bound to other owners gets and changes nothing", async () => {
    const socket = harness.attach({ owners: ["CHITTY-2"] });

    await object.webSocketMessage(socket.binding, '{"type":"get"}');
    await object.webSocketMessage(socket.binding, '{"type":"update","metadata":{"a":1}}');

    const absent = { type: "error", error: { code: "session_not_found" } };
    expect(socket.sent).toMatchObject([absent, absent]);
    expect(await object.read()).toMatchObject({ revision: 1 });
  });
});
