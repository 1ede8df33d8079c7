import { afterEach, beforeEach, vi } from "vitest";

import index from "../../../../migrations/chittyconnect/004_session_index.sql?raw";
import revisions from "../../../../migrations/chittyconnect/005_session_revisions.sql?raw";
import { CLOCK } from "#lib/clock";
import { FakeD1 } from "#lib/testing/d1";
import { FakeKv } from "#lib/testing/kv";
import { FakeObjectState, FakeSocket } from "#lib/testing/object_state";
import type { Env } from "../../env";
import { newSession, type Session } from "../model";
import { SessionStateDO } from "./session_do";
import type { Caller } from "./sockets";

export const START = Date.parse("2026-11-21T12:00:00Z");
export const TTL = 600;
export const KEY = "session:s";

/** One object with all it touches, for tests on a clock that stands still. */
export class ObjectHarness {
  /** Variables of the worker. */
  readonly variables = { ENABLE_DURABLE_OBJECTS: "true", SESSION_MAX_BYTES: "100" };
  readonly state = new FakeObjectState();
  readonly kv = new FakeKv();
  readonly db = new FakeD1(index, revisions);

  constructor() {
    // What waits moves the clock instead.
    vi.spyOn(CLOCK, "sleep").mockImplementation((milliseconds) => {
      vi.setSystemTime(Date.now() + milliseconds);
      return Promise.resolve();
    });
  }

  /** The object, as it starts in memory: what it knows comes from its storage. */
  start(): SessionStateDO {
    const env = { TOKEN_KV: this.kv.binding, DB: this.db.binding, ...this.variables };
    return new SessionStateDO(this.state.binding, env as unknown as Env);
  }

  /** What KV holds under the session's key. */
  copy(): Session | undefined {
    const text = this.kv.values.get(KEY);
    return text === undefined ? undefined : (JSON.parse(text) as Session);
  }

  /** Open a socket, as the object finds it when it wakes. */
  attach(caller: Partial<Caller> = {}): FakeSocket {
    const socket = new FakeSocket({ tokenId: "t", mayWrite: true, until: null, ...caller });
    this.state.sockets.push(socket);
    return socket;
  }

  /** Move the clock, and ring the alarm if its time has come. */
  async later(object: SessionStateDO, milliseconds: number): Promise<void> {
    vi.setSystemTime(Date.now() + milliseconds);
    if (this.state.alarm === undefined || this.state.alarm > Date.now()) return;
    this.state.alarm = undefined;
    await object.alarm();
  }
}

/** Of the test that runs; see `useHarness`. */
export let harness: ObjectHarness;

/** Give each test of a file a harness of its own, on a clock that stands at START. */
export function useHarness(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: START });
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
    harness = new ObjectHarness();
  });

  afterEach(() => {
    vi.useRealTimers();
  });
}

/** The session that the tests create. */
export function session(metadata = {}): Session {
  const limits = { ttlSeconds: TTL, maxBytes: 100 };
  const body = { chittyId: "CHITTY-1", sessionId: "s", metadata };
  return { ...newSession(body, limits, Date.now()), store: "durable_object" };
}
