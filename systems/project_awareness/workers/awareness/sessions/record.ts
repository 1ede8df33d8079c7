import type { Session, SyncEvent } from "./model";

/** Events that somebody who reconnects can still be told. */
const EVENTS_KEPT = 100;
const STATUSES_KEPT = 500;

type Storage = Pick<DurableObjectStorage, "kv">;

/** What the object of an owner keeps, in its storage, which is synchronous. */
export class SyncRecord {
  constructor(private readonly storage: Storage) {}

  get sessions(): Record<string, Session> {
    return this.storage.kv.get<Record<string, Session>>("sessions") ?? {};
  }

  keep(session: Session): void {
    this.storage.kv.put("sessions", { ...this.sessions, [session.session_id]: session });
  }

  remove(sessionId: string): void {
    const { [sessionId]: _, ...rest } = this.sessions;
    this.storage.kv.put("sessions", rest);
    const { [sessionId]: __, ...places } = this.places;
    this.storage.kv.put("places", places);
  }

  /** Address that a session is counted for, `undefined` where it is counted for none. */
  placeOf(sessionId: string): string | undefined {
    return this.places[sessionId];
  }

  /** Note that a session is counted for *address*. */
  place(sessionId: string, address: string): void {
    this.storage.kv.put("places", { ...this.places, [sessionId]: address });
  }

  /** What was told last, oldest first. */
  get events(): SyncEvent[] {
    return this.storage.kv.get<SyncEvent[]>("events") ?? [];
  }

  /** Number of the last event, 0 before the first. */
  get sequence(): number {
    return this.storage.kv.get<number>("sequence") ?? 0;
  }

  /** Number *event* and keep it, as the state of its platform and project as well. */
  tell(event: Omit<SyncEvent, "sequence">): SyncEvent {
    const numbered = { sequence: this.sequence + 1, ...event };
    this.storage.kv.put("sequence", numbered.sequence);
    this.storage.kv.put("events", [...this.events, numbered].slice(-EVENTS_KEPT));
    const places = [statusPlace(event.source_platform), statusPlace(event.source_platform, event.project_id)];
    const { ...statuses } = this.statuses;
    for (const place of places) {
      // Taken out first, so that the order is that of the last change.
      Reflect.deleteProperty(statuses, place);
      statuses[place] = numbered;
    }
    this.storage.kv.put("statuses", Object.fromEntries(Object.entries(statuses).slice(-STATUSES_KEPT)));
    return numbered;
  }

  /** What *platform* told last, of *projectId* or of anything. */
  status(platform: string, projectId: string | null): SyncEvent | undefined {
    return this.statuses[statusPlace(platform, projectId)];
  }

  private get places(): Record<string, string> {
    return this.storage.kv.get<Record<string, string>>("places") ?? {};
  }

  private get statuses(): Record<string, SyncEvent> {
    return this.storage.kv.get<Record<string, SyncEvent>>("statuses") ?? {};
  }
}

/** How a state is called, in the object and in KV. */
export function statusPlace(platform: string, projectId: string | null = null): string {
  return projectId === null ? platform : `${platform}/${projectId}`;
}
