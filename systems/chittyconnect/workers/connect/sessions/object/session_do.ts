import { CopiedObject } from "#lib/backup/copied_object";
import { owns, type Owners } from "#lib/bearer";
import { CLOCK, within } from "#lib/clock";
import { ApiError, notFound } from "#lib/errors";
import { jsonBytes } from "#lib/json";
import { describeError, log } from "#lib/log";
import { isSelected } from "#lib/rollout";
import { close, send } from "#lib/sockets";
import { rollout, sessionLimits, type SessionLimits } from "../../config";
import type { Env } from "../../env";
import type { SessionObject } from "../durable_store";
import { SessionIndex } from "../index_table";
import {
  changed,
  isExpired,
  stateTooLarge,
  type ChangeResult,
  type Session,
  type SessionChange,
} from "../model";
import { shown, withoutExtension } from "./draining";
import type { ObjectMetrics } from "./metrics";
import { parseMessage, type Demand } from "./protocol";
import { SessionPublisher } from "./publisher";
import { SessionRecord } from "./record";
import { ownersOf, SessionSockets, type Caller } from "./sockets";

const MESSAGE_TOO_BIG = 1009;
// What a message may have around the metadata.
const ENVELOPE_BYTES = 1024;
// Well below the time after which the worker takes an object for unreachable.
const PUBLISH_WITHIN_MS = 3_000;

/**
 * One session: its state, its clients, its end.
 *
 * Storage is synchronous, so every change is atomic without a lock; only publishing awaits. The
 * alarm ends the session in time and publishes again what could not be published.
 */
export class SessionStateDO extends CopiedObject<Env> implements SessionObject {
  // How often it has started, and when it is woken, is said of the object that is here.
  protected override readonly kept = { leavesOut: (key: string) => key === "wakeups" || key === "alarm" };
  private readonly record: SessionRecord;
  private readonly sockets: SessionSockets;
  private readonly publisher: SessionPublisher;
  private readonly limits: SessionLimits;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.limits = sessionLimits(env);
    this.record = new SessionRecord(ctx.storage);
    this.sockets = new SessionSockets(ctx, CLOCK.now);
    const index = new SessionIndex(env.DB, CLOCK.now);
    this.publisher = new SessionPublisher(this.record, env.TOKEN_KV, index, CLOCK);
    if (this.record.session !== undefined) this.record.wake();
  }

  /**
   * Keep *session*, unless there is one. Answers once the copy in KV is written or given up;
   * `exists` when that showed that KV holds the session.
   */
  async create(session: Session): Promise<Session | "exists"> {
    if (this.current() !== undefined) return "exists";
    this.concludeExpired();
    this.record.begin(session);
    await this.schedule();
    await briefly(this.publish());
    return this.record.isAbout(session) ? session : "exists";
  }

  async read(owners: Owners = null): Promise<Session | "absent"> {
    const isDraining = await this.isDraining();
    const session = this.current(owners);
    return session === undefined ? "absent" : shown(session, isDraining);
  }

  /** Change the state in one step and tell every client; a session that is being created, after that. */
  async change(change: SessionChange, owners: Owners = null): Promise<ChangeResult> {
    await briefly(this.publisher.first());
    const isDraining = await this.isDraining();
    const session = this.current(owners);
    if (session === undefined) return "absent";
    const allowed = isDraining ? withoutExtension(session, change, Date.now()) : change;
    const next = changed(session, allowed, Date.now(), this.limits.maxBytes);
    if (next === "too_large") return next;
    this.record.keep(next);
    this.sockets.broadcast({ type: "updated", session: shown(next, isDraining) });
    await this.schedule();
    this.ctx.waitUntil(this.publish());
    return shown(next, isDraining);
  }

  async end(owners: Owners = null): Promise<boolean> {
    const session = this.current(owners);
    if (session === undefined) return false;
    this.conclude(session, "deleted");
    await this.schedule();
    await briefly(this.publisher.publish());
    return true;
  }

  metrics(owners: Owners = null): Promise<ObjectMetrics | "absent"> {
    const session = this.current(owners);
    return Promise.resolve(session === undefined ? "absent" : this.measure(session));
  }

  /** Answer, to show that objects can be reached. */
  probe(): Promise<void> {
    return Promise.resolve();
  }

  /** A WebSocket upgrade of a caller whom the worker vouches for. */
  override fetch(request: Request): Promise<Response> {
    try {
      if (this.current(ownersOf(request)) === undefined) throw notFound("session");
      return Promise.resolve(this.sockets.accept(request));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return Promise.resolve(error.toResponse());
    }
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const caller = this.sockets.caller(socket);
    if (caller === undefined) return;
    if (size(message) > this.limits.maxBytes + ENVELOPE_BYTES) {
      close(socket, MESSAGE_TOO_BIG, "message too big");
      return;
    }
    try {
      await this.answer(socket, caller, parseMessage(message));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { code, message } = error;
      send(socket, JSON.stringify({ type: "error", error: { code, message } }));
    }
  }

  override webSocketClose(socket: WebSocket, code: number): void {
    // 1005 and 1006 stand for "no code" and may not be sent.
    close(socket, code === 1005 || code === 1006 ? 1000 : code, "");
  }

  override async alarm(): Promise<void> {
    this.record.noteAlarm();
    this.concludeExpired();
    await this.publisher.publish();
    await this.settle();
  }

  protected override copiedAs(): string | undefined {
    return this.record.session?.sessionId ?? this.record.ended;
  }

  private async answer(socket: WebSocket, caller: Caller, demand: Demand): Promise<void> {
    const session = await this.read(caller.owners);
    if (session === "absent") throw notFound("session");
    if (demand.type === "update") await this.update(caller, demand.change);
    else if (demand.type === "get") send(socket, JSON.stringify({ type: "session", session }));
    else send(socket, JSON.stringify({ type: "pong", wakeups: this.record.wakeups, timestamp: new Date() }));
  }

  private async update(caller: Caller, change: SessionChange): Promise<void> {
    if (!caller.mayWrite) {
      throw new ApiError(403, "insufficient_scope", "the token lacks the scope sessions:write");
    }
    const result = await this.change(change, caller.owners);
    if (result === "absent") throw notFound("session");
    if (result === "too_large") throw stateTooLarge(this.limits);
  }

  /** The session, if it is one of *owners*, and its time is not over with only the alarm still to ring. */
  private current(owners: Owners = null): Session | undefined {
    const session = this.record.session;
    if (session === undefined || isExpired(session, Date.now())) return undefined;
    return owns(owners, session.chittyId) ? session : undefined;
  }

  /** Whether a session of this id would not be given to an object any more. */
  private async isDraining(): Promise<boolean> {
    const session = this.record.session;
    return session !== undefined && !(await isSelected(session.sessionId, rollout(this.env)));
  }

  /** End the session if its time is over and only the alarm has not rung yet. */
  private concludeExpired(): void {
    const session = this.record.session;
    if (session !== undefined && isExpired(session, Date.now())) this.conclude(session, "expired");
  }

  private conclude(session: Session, reason: string): void {
    this.record.end(session);
    this.sockets.end(reason);
  }

  private async publish(): Promise<void> {
    await this.publisher.offer();
    await this.settle();
  }

  /** Hang up on the clients of a session that gave way to KV's, and see to what is left to publish. */
  private async settle(): Promise<void> {
    if (this.record.session === undefined) this.sockets.end("moved");
    await this.schedule();
  }

  private async schedule(): Promise<void> {
    const session = this.record.session;
    const expiry = session === undefined ? [] : [Date.parse(session.expiresAt)];
    const due = this.publisher.dueAt();
    const times = due === undefined ? expiry : [...expiry, due];
    await this.record.wakeAt(times.length === 0 ? undefined : Math.min(...times), Date.now());
  }

  private measure(session: Session): ObjectMetrics {
    return {
      sessionId: session.sessionId,
      revision: session.revision,
      wakeups: this.record.wakeups,
      connections: this.sockets.count,
      stateBytes: jsonBytes(session.metadata),
      databaseBytes: this.ctx.storage.sql.databaseSize,
      expiresAt: session.expiresAt,
    };
  }
}

/** Wait for *publishing*, but not for a slow KV: it goes on behind the answer. */
async function briefly(publishing: Promise<void>): Promise<void> {
  try {
    await within(PUBLISH_WITHIN_MS, publishing);
  } catch (error) {
    log("warn", "session_publish_slow", describeError(error));
  }
}

function size(message: string | ArrayBuffer): number {
  return typeof message === "string" ? new TextEncoder().encode(message).byteLength : message.byteLength;
}
