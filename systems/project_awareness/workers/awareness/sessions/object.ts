import { CopiedObject } from "#lib/backup/copied_object";
import { CLOCK } from "#lib/clock";
import { ApiError } from "#lib/errors";
import { sha256Hex } from "#lib/hash";
import { isObject } from "#lib/json";
import { describeError, log } from "#lib/log";
import { close, send } from "#lib/sockets";
import { Archive } from "../analytics/archive";
import { sessionSeconds } from "../config";
import { Copies } from "../copies";
import type { Env } from "../env";
import { placeId, sessionKey, socketHeldUntil, statusKey } from "../keys";
import type { AddressGuard } from "../limits/guard_object";
import { registered, type Registration, type Session, type Statistics, type Sync, type SyncEvent } from "./model";
import { SyncRecord } from "./record";
import { attachmentOf, Sockets, type Caller } from "./sockets";

/** What an owner's sessions answer. The stub's own type cannot express recursive JSON. */
export interface SessionsObject {
  register(subject: string, given: Registration, address: string | null): Promise<Session>;
  read(sessionId: string): Promise<Session | "absent">;
  end(subject: string, sessionId: string): Promise<boolean>;
  statistics(): Promise<Statistics>;
  sync(subject: string, given: Sync): Promise<Delivered>;
  status(platform: string, projectId: string | null): Promise<SyncEvent | "absent">;
  openOf(socketIds: readonly string[]): Promise<string[]>;
  probe(): Promise<void>;
  fetch(request: Request): Promise<Response>;
}

/** An event, and how many sockets it was told. */
export interface Delivered {
  event: SyncEvent;
  delivered: number;
}

/** What KV holds of a session that has ended. */
const ENDED = { ended: true };
const SHORTEST_COPY_SECONDS = 60;
/** Seconds that the copy of a state stays in KV. */
const STATUS_SECONDS = 1800;
const MESSAGE_TOO_BIG = 1009;
const MOST_BYTES = 4096;

/**
 * The sessions of one owner on all platforms, and the WebSockets that are told when one of them moves on.
 *
 * Storage is synchronous, so every change is atomic without a lock; events are numbered, and told in that order.
 */
export class SessionSyncDurableObject extends CopiedObject<Env> implements SessionsObject {
  private readonly record: SyncRecord;
  private readonly sockets: Sockets;
  private readonly sessionCopies: Copies;
  private readonly statusCopies: Copies;
  private readonly archive: Archive;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.record = new SyncRecord(ctx.storage);
    this.sockets = new Sockets(ctx, CLOCK.now);
    this.sessionCopies = new Copies(ctx.storage, env.SESSION_STORE, CLOCK.now, "session_copies");
    this.statusCopies = new Copies(ctx.storage, env.CROSS_PLATFORM_SYNC, CLOCK.now, "status_copies");
    this.archive = new Archive(ctx.storage, env.ANALYTICS_BUCKET, CLOCK.now);
  }

  /** Note a session, or that it goes on. *address* is where it is counted now; `null`: where it was. */
  async register(subject: string, given: Registration, address: string | null): Promise<Session> {
    if (address !== null) await this.move(subject, given.session_id, address);
    const seconds = sessionSeconds(this.env);
    const session = registered(given, this.current(given.session_id), seconds, CLOCK.now());
    this.noteName(subject);
    this.record.keep(session);
    this.sessionCopies.offer(sessionKey(subject, session.session_id), session, Math.max(seconds, SHORTEST_COPY_SECONDS));
    await this.schedule();
    return session;
  }

  read(sessionId: string): Promise<Session | "absent"> {
    return Promise.resolve(this.current(sessionId) ?? "absent");
  }

  /** End a session; `false` when there is none. */
  async end(subject: string, sessionId: string): Promise<boolean> {
    if (this.current(sessionId) === undefined) return false;
    const address = this.record.placeOf(sessionId);
    this.record.remove(sessionId);
    await this.leave(subject, sessionId, address);
    this.sessionCopies.offer(sessionKey(subject, sessionId), ENDED, SHORTEST_COPY_SECONDS);
    await this.schedule();
    return true;
  }

  statistics(): Promise<Statistics> {
    const sessions = Object.keys(this.record.sessions).flatMap((id) => this.current(id) ?? []);
    const platforms = new Map<string, number>();
    for (const { platform } of sessions) platforms.set(platform, (platforms.get(platform) ?? 0) + 1);
    return Promise.resolve({
      active_sessions: sessions.length,
      by_platform: Object.fromEntries(platforms),
      open_connections: this.sockets.count,
      synced_events: this.record.sequence,
      last_synced_at: this.record.events.at(-1)?.synced_at ?? null,
    });
  }

  /** Number an event, tell it to every socket, and keep it. */
  async sync(subject: string, given: Sync): Promise<Delivered> {
    this.noteName(subject);
    const event = this.record.tell({
      sync_type: given.sync_type,
      source_platform: given.source_platform,
      project_id: given.project?.project_id ?? null,
      session_id: given.session_id ?? null,
      synced_at: new Date(CLOCK.now()).toISOString(),
    });
    const delivered = this.sockets.broadcast({ type: "sync", ...event });
    for (const project of new Set([null, event.project_id])) {
      this.statusCopies.offer(statusKey(subject, event.source_platform, project), event, STATUS_SECONDS);
    }
    const { sequence, source_platform, sync_type, synced_at } = event;
    // Who it was stays unknown there: the hash tells owners apart, no more.
    const owner = (await sha256Hex(subject)).slice(0, 16);
    this.archive.add({ at: synced_at, sequence, owner, source_platform, sync_type, delivered });
    await this.schedule();
    return { event, delivered };
  }

  status(platform: string, projectId: string | null): Promise<SyncEvent | "absent"> {
    return Promise.resolve(this.record.status(platform, projectId) ?? "absent");
  }

  /** Those of *socketIds* that are open here. */
  openOf(socketIds: readonly string[]): Promise<string[]> {
    const open = new Set(this.sockets.open.map(({ socketId }) => socketId));
    return Promise.resolve(socketIds.filter((id) => open.has(id)));
  }

  /** Answer, to show that objects can be reached. */
  probe(): Promise<void> {
    return Promise.resolve();
  }

  /** A WebSocket upgrade of a caller whom the worker vouches for. */
  override async fetch(request: Request): Promise<Response> {
    try {
      const answer = this.sockets.accept(request, { type: "welcome", sequence: this.record.sequence });
      await this.schedule();
      return answer;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return error.toResponse();
    }
  }

  override webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void {
    if (this.sockets.heard(socket) === undefined) return;
    if (size(message) > MOST_BYTES) {
      close(socket, MESSAGE_TOO_BIG, "message too big");
      return;
    }
    for (const answer of this.answers(message)) send(socket, JSON.stringify(answer));
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // 1005 and 1006 stand for "no code" and may not be sent.
    close(socket, code === 1005 || code === 1006 ? 1000 : code, "");
    await this.release([attachmentOf(socket)]);
  }

  override async webSocketError(socket: WebSocket): Promise<void> {
    await this.release([attachmentOf(socket)]);
  }

  override async alarm(): Promise<void> {
    const now = CLOCK.now();
    for (const { session_id, expires_at } of Object.values(this.record.sessions)) {
      if (Date.parse(expires_at) <= now) this.record.remove(session_id);
    }
    await this.release(this.sockets.closeIdle());
    await this.renew();
    await this.sessionCopies.write();
    await this.statusCopies.write();
    await this.archive.write();
    await this.schedule();
  }

  private *answers(message: string | ArrayBuffer): Generator<object> {
    const demand = parsed(message);
    if (demand?.["type"] === "ping") yield { type: "pong", timestamp: new Date(CLOCK.now()).toISOString() };
    else if (demand?.["type"] === "since" && typeof demand["sequence"] === "number") {
      const { sequence } = demand;
      for (const event of this.record.events) if (event.sequence > sequence) yield { type: "sync", ...event };
    } else {
      const message = 'a message is {"type": "ping"} or {"type": "since", "sequence": <number of the last event known>}';
      yield { type: "error", error: { code: "invalid_message", message } };
    }
  }

  /** The session, if its time is not over with only the alarm still to ring. */
  private current(sessionId: string): Session | undefined {
    const session = this.record.sessions[sessionId];
    return session === undefined || Date.parse(session.expires_at) <= CLOCK.now() ? undefined : session;
  }

  /** Note that a session is counted for *address*, and no longer where it was. */
  private async move(subject: string, sessionId: string, address: string): Promise<void> {
    const former = this.record.placeOf(sessionId);
    this.record.place(sessionId, address);
    if (former !== address) await this.leave(subject, sessionId, former);
  }

  /** Have *address* not count a session any more, wherever its end was asked for. */
  private async leave(subject: string, sessionId: string, address: string | undefined): Promise<void> {
    if (address === undefined) return;
    await this.tellGuard(address, (guard) => guard.release("sessions", placeId(subject, sessionId)));
  }

  /** Have the addresses of *callers* not count them any more. */
  private async release(callers: readonly Caller[]): Promise<void> {
    await this.tellGuards(callers, (guard, { socketId }) => guard.release("sockets", socketId));
  }

  /** Have addresses go on counting what is open. */
  private async renew(): Promise<void> {
    const until = socketHeldUntil(CLOCK.now());
    await this.tellGuards(this.sockets.open, async (guard, { socketId }) => {
      await guard.hold("sockets", socketId, Infinity, until);
    });
  }

  private async tellGuards(
    callers: readonly Caller[],
    tell: (guard: AddressGuard, caller: Caller) => Promise<void>,
  ): Promise<void> {
    for (const caller of callers) {
      if (caller.address !== null) await this.tellGuard(caller.address, (guard) => tell(guard, caller));
    }
  }

  private async tellGuard(address: string, tell: (guard: AddressGuard) => Promise<void>): Promise<void> {
    const namespace = this.env.ADDRESS_GUARD_DO;
    try {
      await tell(namespace.get(namespace.idFromName(address)) as unknown as AddressGuard);
    } catch (error) {
      // What is held has an end.
      log("warn", "guard_not_told", describeError(error));
    }
  }

  private async schedule(): Promise<void> {
    const sessions = Object.values(this.record.sessions).map(({ expires_at }) => Date.parse(expires_at));
    const others = [this.sockets.nextIdleAt(), this.sessionCopies.dueAt(), this.statusCopies.dueAt(), this.archive.dueAt()];
    const times = [...sessions, ...others.filter((time) => time !== undefined)];
    // At the worker's compatibility date nothing else takes an alarm away.
    if (times.length === 0) await this.ctx.storage.deleteAlarm();
    else await this.ctx.storage.setAlarm(Math.max(1, Math.min(...times)));
  }
}

function parsed(message: string | ArrayBuffer): Record<string, unknown> | undefined {
  if (typeof message !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(message);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function size(message: string | ArrayBuffer): number {
  return typeof message === "string" ? new TextEncoder().encode(message).byteLength : message.byteLength;
}
