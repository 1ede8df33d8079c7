import { beforeEach, describe, expect, it, vi } from "vitest";

import { FakeSocket } from "#lib/testing/object_state";
import { stubRuntime } from "#lib/testing/runtime";
import { code, harness, START, useHarness } from "../harness";
import type { Session, Statistics } from "./model";
import type { SessionSyncDurableObject } from "./object";
import type { Caller } from "./sockets";

stubRuntime();
useHarness();

const SUBJECT = "owner:CHITTY-1";

const statistics = (): Promise<Statistics> => harness.json("GET", "/api/sessions/statistics", { as: "claude" });

describe("a session (PA-15)", () => {
  it("is registered, read by all tokens of its owner, and ended", async () => {
    const answer = await harness.register("claude", "s-1");
    const session = await answer.json<Session>();

    expect([answer.status, answer.headers.get("Location")]).toEqual([201, "/api/sessions/s-1"]);
    expect(session).toEqual({
      session_id: "s-1",
      platform: "claude-code",
      project_id: null,
      registered_at: "2026-11-29T12:00:00.000Z",
      last_seen_at: "2026-11-29T12:00:00.000Z",
      expires_at: "2026-11-29T13:00:00.000Z",
    });
    expect(await harness.json("GET", "/api/sessions/s-1", { as: "chatgpt" })).toEqual(session);
    expect((await harness.ask("GET", "/api/sessions/s-1", { as: "other" })).status).toBe(404);
    expect((await harness.ask("DELETE", "/api/sessions/s-1", { as: "claude" })).status).toBe(204);
    expect((await harness.ask("GET", "/api/sessions/s-1", { as: "claude" })).status).toBe(404);
    expect((await harness.ask("DELETE", "/api/sessions/s-1", { as: "claude" })).status).toBe(404);
  });

  it("goes on when it is registered again, and ends by itself when it is not", async () => {
    await harness.register("claude", "s-1");
    await harness.later(3_000_000);
    const again = await (await harness.register("claude", "s-1")).json<Session>();
    expect(again).toMatchObject({ registered_at: "2026-11-29T12:00:00.000Z", expires_at: "2026-11-29T13:50:00.000Z" });

    await harness.later(3_599_999);
    expect((await harness.ask("GET", "/api/sessions/s-1", { as: "claude" })).status).toBe(200);
    await harness.later(400_001);
    expect((await harness.ask("GET", "/api/sessions/s-1", { as: "claude" })).status).toBe(404);
  });

  it("is counted by platform, as long as it lives", async () => {
    await harness.register("claude", "s-1");
    await harness.register("chatgpt", "s-2", { body: { platform: "chatgpt", session_id: "s-2" } });
    await harness.switchTo("claude", "atlas");

    expect(await statistics()).toEqual({
      active_sessions: 2,
      by_platform: { "claude-code": 1, chatgpt: 1 },
      open_connections: 0,
      synced_events: 1,
      last_synced_at: "2026-11-29T12:00:00.000Z",
    });
    await harness.later(3_600_000);
    expect(await statistics()).toMatchObject({ active_sessions: 0, by_platform: {} });
  });

  it("is read from its copy when its object is not to be reached, and not after its end", async () => {
    await harness.register("claude", "s-1");
    await harness.register("claude", "s-2");
    await harness.later(2_000);
    await harness.ask("DELETE", "/api/sessions/s-2", { as: "claude" });
    await harness.later(2_000);
    harness.sessions.outage = true;

    expect(await harness.json("GET", "/api/sessions/s-1", { as: "claude" })).toMatchObject({ session_id: "s-1", degraded: true });
    const ended = await harness.ask("GET", "/api/sessions/s-2", { as: "claude" });
    expect([ended.status, await code(ended)]).toEqual([503, "session_unavailable"]);
    expect((await harness.register("claude", "s-3")).status).toBe(503);
  });

  it.each([{}, { platform: "a" }, { platform: "a", session_id: "" }, { platform: "A", session_id: "s" }, { platform: "a", session_id: "s", x: 1 }])(
    "is refused as %j",
    async (body) => {
      const answer = await harness.ask("POST", "/api/sessions/register", { as: "claude", body });

      expect([answer.status, await code(answer)]).toEqual([400, "invalid_request"]);
    },
  );

  it("leaves no alarm when nothing is left", async () => {
    await harness.register("claude", "s-1");
    for (let step = 0; step < 5; step++) await harness.later(4_000_000);

    expect(harness.sessions.states.get(SUBJECT)?.alarm).toBeUndefined();
  });
});

describe("a session's place at its address (PA-3)", () => {
  it("is free when it ends, whoever ends it from where", async () => {
    await harness.start({ MAX_SESSIONS_PER_IP: "1" });
    await harness.register("claude", "s-1");

    const ended = await harness.ask("DELETE", "/api/sessions/s-1", { as: "chatgpt", address: "203.0.113.8" });
    expect(ended.status).toBe(204);
    expect((await harness.register("claude", "s-2")).status).toBe(201);
  });

  it("is where it was registered last", async () => {
    await harness.start({ MAX_SESSIONS_PER_IP: "1" });
    const moved = { address: "203.0.113.8" };
    await harness.register("claude", "s-1");

    expect((await harness.register("claude", "s-1", moved)).status).toBe(201);
    expect((await harness.register("claude", "s-2")).status).toBe(201);
    expect((await harness.register("claude", "s-3", moved)).status).toBe(429);
  });
});

describe("a WebSocket", () => {
  let object: SessionSyncDurableObject;

  beforeEach(() => {
    object = harness.sessions.object(SUBJECT);
  });

  /** Open a socket, as the object finds it when it wakes. */
  function attach(caller: Partial<Caller> = {}): FakeSocket {
    const socket = new FakeSocket({ socketId: "w-1", address: "203.0.113.7", until: null, at: Date.now(), ...caller });
    harness.sessions.states.get(SUBJECT)?.sockets.push(socket);
    return socket;
  }

  it("is told what is synced, in order, with all others of the owner", async () => {
    const [one, other] = [attach(), attach()];
    for (let index = 0; index < 50; index++) await harness.switchTo(index % 2 ? "claude" : "chatgpt", `p-${index}`);
    await harness.switchTo("other", "elsewhere");

    for (const socket of [one, other]) {
      expect(socket.sent.map((each) => (each as { sequence: number }).sequence)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
      expect(socket.sent[0]).toMatchObject({ type: "sync", sync_type: "project_switch", project_id: "p-0" });
    }
  });

  it("is told what it has missed", async () => {
    for (let index = 0; index < 5; index++) await harness.switchTo("claude", `p-${index}`);
    const socket = attach();

    object.webSocketMessage(socket.binding, '{"type":"since","sequence":3}');

    expect(socket.sent).toMatchObject([{ sequence: 4 }, { sequence: 5 }]);
  });

  it.each(["{", "[]", '{"type":"erase"}', '{"type":"since"}', '{"type":"since","sequence":"1"}'])(
    "is told what is wrong with %s, and stays open (W28)",
    (message) => {
      const socket = attach();

      object.webSocketMessage(socket.binding, message);

      expect(socket.sent).toMatchObject([{ type: "error", error: { code: "invalid_message" } }]);
      expect(socket.closed).toBeUndefined();
    },
  );

  it("is answered, and told that bytes are no message", () => {
    const socket = attach();

    object.webSocketMessage(socket.binding, '{"type":"ping"}');
    object.webSocketMessage(socket.binding, new Uint8Array([1]).buffer);

    expect(socket.sent).toMatchObject([{ type: "pong", timestamp: "2026-11-29T12:00:00.000Z" }, { type: "error" }]);
  });

  it("is closed when its message is too big", () => {
    const socket = attach();

    object.webSocketMessage(socket.binding, "x".repeat(4097));

    expect(socket.closed).toMatchObject({ code: 1009 });
  });

  it("is closed once its token has expired, and told nothing more", async () => {
    const [expired, good] = [attach({ until: START + 1000 }), attach()];
    vi.setSystemTime(START + 1000);

    const { delivered } = await (await harness.switchTo("claude", "atlas")).json<{ delivered: number }>();

    expect(expired).toMatchObject({ closed: { code: 4401 }, sent: [] });
    expect([good.sent.length, delivered]).toEqual([1, 1]);
    const late = attach({ until: START });
    object.webSocketMessage(late.binding, '{"type":"ping"}');
    expect(late).toMatchObject({ closed: { code: 4401 }, sent: [] });
  });

  it("is closed when it says nothing for 300 s, a ping that no object saw counts", async () => {
    const [silent, pinging, talking] = [attach(), attach({ socketId: "w-2" }), attach({ socketId: "w-3" })];
    await harness.register("claude", "s-1");
    await harness.later(200_000);
    pinging.answered = new Date();
    object.webSocketMessage(talking.binding, '{"type":"ping"}');

    await harness.later(100_000);
    expect([silent.closed, pinging.closed, talking.closed]).toEqual([{ code: 4408, reason: "not heard of for 300 s" }, undefined, undefined]);

    await harness.later(200_000);
    expect([pinging.closed?.code, talking.closed?.code]).toEqual([4408, 4408]);
  });

  it("is counted of its address while it is open, and no longer", async () => {
    const guard = harness.guards.get("203.0.113.7");
    const socket = attach();
    await guard.hold("sockets", "w-1", 10, START + 600_000);
    await harness.register("claude", "s-1");
    for (let minute = 0; minute < 20; minute++) {
      object.webSocketMessage(socket.binding, '{"type":"ping"}');
      await harness.later(60_000);
    }
    expect(await guard.hold("sockets", "w-2", 1, Date.now() + 1)).toBe(false);

    await object.webSocketClose(socket.binding, 1006);
    expect(socket.closed).toEqual({ code: 1000, reason: "" });
    expect(await guard.hold("sockets", "w-2", 1, Date.now() + 1)).toBe(true);
  });

  it("is let go of once when it says nothing, though its client never answers the close", async () => {
    const guard = harness.guards.get("203.0.113.7");
    const silent = attach();
    await guard.hold("sockets", "w-1", 10, START + 600_000);
    await object.alarm();
    await harness.later(300_000);
    expect(silent).toMatchObject({ closed: { code: 4408 }, gone: false });

    expect(await guard.held("sockets")).toEqual({});
    expect(harness.sessions.states.get(SUBJECT)?.alarm).toBeUndefined();
    expect(await statistics()).toMatchObject({ open_connections: 0 });
    expect(await (await harness.switchTo("claude", "atlas")).json()).toMatchObject({ delivered: 0 });
  });

  it("is let go of when the object that counts it is not to be reached", async () => {
    harness.guards.outage = true;

    await object.webSocketError(attach().binding);

    expect(harness.lines()).toContain("guard_not_told");
  });
});
