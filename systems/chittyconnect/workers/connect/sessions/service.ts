import { owns, requireOwner, type Owners } from "#lib/bearer";
import { ApiError, notFound, unavailable } from "#lib/errors";
import { describeError, log } from "#lib/log";
import { isSelected, type Rollout } from "#lib/rollout";
import type { SessionLimits } from "../config";
import type { DurableSessionStore } from "./durable_store";
import type { KvSessionStore } from "./kv_store";
import { stateTooLarge, type Session, type SessionChange } from "./model";
import type { ObjectMetrics } from "./object/metrics";
import { UnreachableError, type SessionStore } from "./store";

/** *degraded*: the object cannot be reached, this is the copy it left in KV. */
export type ReadSession = Session & { degraded?: true };

/** What a store says of a session that it holds, and of one that it does not. */
type Present = Session | "too_large" | true;
type Absent = "absent" | false;

/**
 * Sessions, wherever they live (CC-3, CC-4).
 *
 * The rollout decides for new sessions only. Everything else asks the store of the hash first and
 * then the other, so a session stays where it was created until it is over. A session of somebody
 * whom *owners* do not have among them is not found.
 */
export class SessionService {
  constructor(
    private readonly durable: DurableSessionStore,
    private readonly kv: KvSessionStore,
    private readonly rollout: Rollout,
    private readonly limits: SessionLimits,
    private readonly owners: Owners,
  ) {}

  /**
   * Create *session*: in its object if it is selected and can be reached, else in KV. 403 for an owner
   * whose sessions are not taken, 409 when there is one of this id, whoever owns it.
   */
  async create(session: Session): Promise<Session> {
    requireOwner(this.owners, session.chittyId);
    const isDurable = await this.isDurable(session.sessionId);
    const creating = isDurable ? this.createDurable(session) : this.createInKv(session);
    const created = await creating.catch(asUnavailable);
    if (created === "exists") throw alreadyExists();
    return created;
  }

  /** The session, or the copy its object left while that cannot be reached. */
  async read(sessionId: string): Promise<ReadSession> {
    try {
      return await this.onHolder(sessionId, (store) => store.read(sessionId, this.owners));
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      const copy = await this.kv.copy(sessionId).catch(asUnavailable);
      if (copy === undefined) throw storeUnavailable(error);
      if (!owns(this.owners, copy.chittyId)) throw notFound("session");
      return { ...copy, degraded: true };
    }
  }

  /** Change the session. 503 while its object cannot be reached, 413 above the cap. */
  async change(sessionId: string, change: SessionChange): Promise<Session> {
    const session = await this.firmly(sessionId, (store) => store.change(sessionId, change, this.owners));
    if (session === "too_large") throw stateTooLarge(this.limits);
    return session;
  }

  /** End the session. 503 while its object cannot be reached. */
  async end(sessionId: string): Promise<void> {
    await this.firmly(sessionId, (store) => store.end(sessionId, this.owners));
  }

  /** What the object of a session counts. */
  async metrics(sessionId: string): Promise<ObjectMetrics> {
    const metrics = await this.durable.metrics(sessionId, this.owners).catch(asUnavailable);
    if (metrics === "absent") throw await this.withoutObject(sessionId).catch(asUnavailable);
    return metrics;
  }

  /** A WebSocket to the session's object. 409 for a session without one. */
  async connect(sessionId: string, request: Request): Promise<Response> {
    const response = await this.durable.connect(sessionId, request).catch(asUnavailable);
    if (response.status === 404) throw await this.withoutObject(sessionId).catch(asUnavailable);
    return response;
  }

  private isDurable(sessionId: string): Promise<boolean> {
    return isSelected(sessionId, this.rollout);
  }

  /** What KV shows may be older than what an object holds, so the object is asked too. */
  private async createInKv(session: Session): Promise<Session | "exists"> {
    if ((await this.kv.copy(session.sessionId)) !== undefined) return "exists";
    if (await this.durable.holds(session.sessionId)) return "exists";
    return this.kv.create(session);
  }

  /** The object finds its own duplicates: with KV out, sessions are created all the same. */
  private async createDurable(session: Session): Promise<Session | "exists"> {
    if (await this.kv.holds(session.sessionId)) return "exists";
    try {
      return await this.durable.create(session);
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
      log("warn", "session_fallback", { ...describeError(error.cause), sessionId: session.sessionId });
      return this.createInstead(session);
    }
  }

  /** The object may have kept the session before it was lost from sight: then that one stands. */
  private async createInstead(session: Session): Promise<Session | "exists"> {
    const copy = await this.kv.copy(session.sessionId);
    const isOurs = copy?.chittyId === session.chittyId && copy.createdAt === session.createdAt;
    return isOurs ? copy : this.kv.create(session);
  }

  private async firmly<T extends Present>(
    sessionId: string,
    act: (store: SessionStore) => Promise<T | Absent>,
  ): Promise<T> {
    return this.onHolder(sessionId, act).catch(asUnavailable);
  }

  private async onHolder<T extends Present>(
    sessionId: string,
    act: (store: SessionStore) => Promise<T | Absent>,
  ): Promise<T> {
    let unreachable: Error | undefined;
    for (const store of await this.order(sessionId)) {
      try {
        const answer = await act(store);
        if (answer !== "absent" && answer !== false) return answer;
      } catch (error) {
        if (!(error instanceof UnreachableError)) throw error;
        unreachable = error;
      }
    }
    throw unreachable ?? notFound("session");
  }

  private async order(sessionId: string): Promise<SessionStore[]> {
    const isDurable = await this.isDurable(sessionId);
    return isDurable ? [this.durable, this.kv] : [this.kv, this.durable];
  }

  private async withoutObject(sessionId: string): Promise<ApiError> {
    if ((await this.kv.read(sessionId, this.owners)) === "absent") return notFound("session");
    const message = "the session is held by KV, which has neither WebSockets nor metrics of its own";
    return new ApiError(409, "session_without_object", message);
  }
}

function asUnavailable(error: unknown): never {
  throw error instanceof UnreachableError ? storeUnavailable(error) : error;
}

function storeUnavailable(error: UnreachableError): ApiError {
  log("warn", "session_store_unreachable", describeError(error.cause));
  return unavailable("session_unavailable", "the store of this session cannot be reached, try again");
}

function alreadyExists(): ApiError {
  return new ApiError(409, "session_exists", "there is a session of this id already");
}
