import { beforeEach, describe, expect, it, vi } from "vitest";

import { FakeSocket } from "#lib/testing/object_state";
import { stubRuntime } from "#lib/testing/runtime";
import { code, harness, START, statuses, useHarness } from "../harness";
import { Sockets } from "./sockets";

stubRuntime();
useHarness();

describe("WebSockets of an address (PA-9)", () => {
  /** Stands for 101, which only the runtime makes: the object was asked, opened none, and the place is free again. */
  const REACHED = 202;
  const connect = (address = "203.0.113.7") => harness.ask("GET", "/ws", { as: "claude", address, headers: { Upgrade: "websocket" } });

  beforeEach(() => {
    vi.spyOn(Sockets.prototype, "accept").mockImplementation(() => new Response(null, { status: REACHED }));
  });

  it("are counted before they are opened", async () => {
    const seen = await statuses(25, () => connect());

    expect(seen).toEqual({ [REACHED]: 10, 429: 15 });
  });

  it("are not counted where none is asked for", async () => {
    const seen = await statuses(25, () => harness.ask("GET", "/ws", { as: "claude" }));

    expect(seen).toEqual({ 426: 25 });
    expect(await statuses(10, () => connect())).toEqual({ [REACHED]: 10 });
  });

  it("are as many at most as is configured", async () => {
    await harness.start({ MAX_SOCKETS_PER_IP: "1" });
    await harness.guards.get("203.0.113.9").hold("sockets", "w-1", 1, START + 600_000);

    expect(await code(await connect("203.0.113.9"))).toBe("too_many_connections");
  });

  it("are ten at most", async () => {
    const guard = harness.guards.get("203.0.113.9");
    const until = START + 600_000;
    for (let index = 0; index < 10; index++) expect(await guard.hold("sockets", `w-${index}`, 10, until)).toBe(true);

    expect(await guard.hold("sockets", "w-0", 10, until)).toBe(true);
    const refused = await connect("203.0.113.9");
    expect([refused.status, await code(refused)]).toEqual([429, "too_many_connections"]);
    await guard.release("sockets", "w-3");
    expect((await connect("203.0.113.9")).status).toBe(REACHED);
    await harness.later(600_000);
    expect(await guard.hold("sockets", "w-11", 1, START + 1_200_000)).toBe(true);
  });

  it("are forgotten when the object that had them was started anew, those that it has are not", async () => {
    const address = "203.0.113.10";
    const guard = harness.guards.get(address);
    harness.sessions.object("owner:CHITTY-1");
    const sockets = harness.sessions.states.get("owner:CHITTY-1")?.sockets ?? [];
    for (let index = 0; index < 10; index++) {
      const socketId = `w-${index} owner:CHITTY-1`;
      await guard.hold("sockets", socketId, 10, START + 600_000);
      sockets.push(new FakeSocket({ socketId, address, until: null, at: START }));
    }
    vi.setSystemTime(START + 20_000);
    expect((await connect(address)).status).toBe(429);

    for (const socket of sockets.splice(0, 3)) expect(socket.closed).toBeUndefined();
    expect((await connect(address)).status).toBe(REACHED);
    expect(Object.keys(await guard.held("sockets"))).toHaveLength(7);
  });

  it("are not forgotten while they are being opened, nor when their object is not to be reached", async () => {
    const guard = harness.guards.get("203.0.113.11");
    for (let index = 0; index < 10; index++) await guard.hold("sockets", `w-${index} owner:CHITTY-1`, 10, START + 600_000);
    expect((await connect("203.0.113.11")).status).toBe(429);

    vi.setSystemTime(START + 20_000);
    harness.sessions.outage = true;
    expect((await connect("203.0.113.11")).status).toBe(429);
    expect(Object.keys(await guard.held("sockets"))).toHaveLength(10);
  });

  it("give their place back when they could not be opened", async () => {
    harness.sessions.outage = true;

    expect(await statuses(10, () => connect())).toEqual({ 503: 10 });
    expect(await harness.guards.get("203.0.113.7").held("sockets")).toEqual({});
  });

  it("take a token from a page, which cannot set headers", async () => {
    const ask = (protocols: string) => harness.ask("GET", "/ws", { headers: { Upgrade: "websocket", "Sec-WebSocket-Protocol": protocols } });

    expect((await ask("chittyos, bearer.canary-token-claude")).status).toBe(REACHED);
    expect((await ask("chittyos, bearer.canary-token-nobody")).status).toBe(401);
    const elsewhere = { "Sec-WebSocket-Protocol": "bearer.canary-token-claude" };
    expect((await harness.ask("GET", "/api/auth/session", { headers: elsewhere })).status).toBe(401);
  });
});
