import type { Session } from "../model";

/** What of the session was last published: see `publisher.ts`. */
export interface Published {
  revision: number;
  expiresAt: string;
}

const OF_A_SESSION = ["session", "published", "wakeups"] as const;

/** The part of an object's storage that is used here. */
export type Storage = Pick<DurableObjectStorage, "kv" | "deleteAll" | "setAlarm" | "deleteAlarm">;

/**
 * Everything an object remembers, in its SQLite database.
 *
 * Reads and writes are synchronous: what a method does between two awaits is one transaction, and
 * nobody sees half of it. An object without a session writes nothing and so costs no storage.
 */
export class SessionRecord {
  constructor(private readonly storage: Storage) {}

  get session(): Session | undefined {
    return this.storage.kv.get<Session>("session");
  }

  get wakeups(): number {
    return this.storage.kv.get<number>("wakeups") ?? 0;
  }

  get published(): Published | undefined {
    return this.storage.kv.get<Published>("published");
  }

  /** Id of a session that is over, until its copies are withdrawn. */
  get ended(): string | undefined {
    return this.storage.kv.get<string>("ended");
  }

  /** Keep the new *session*; its first publication replaces what an ended one left elsewhere. */
  begin(session: Session): void {
    for (const key of [...OF_A_SESSION, "ended"]) this.storage.kv.delete(key);
    this.keep(session);
    this.wake();
  }

  /** Keep *session*, changed. */
  keep(session: Session): void {
    this.storage.kv.put("session", session);
  }

  /** Count that the object started once more. */
  wake(): void {
    this.storage.kv.put("wakeups", this.wakeups + 1);
  }

  /** Whether *session* is the one that is kept, changed or not. */
  isAbout(session: Session): boolean {
    return this.session?.createdAt === session.createdAt && this.session.chittyId === session.chittyId;
  }

  /** Note what of *session* is published; of a session that is over by now, nothing. */
  notePublished(session: Session): void {
    if (!this.isAbout(session)) return;
    const { revision, expiresAt } = session;
    this.storage.kv.put("published", { revision, expiresAt });
  }

  /** End the session; its copies are still to be withdrawn. */
  end(session: Session): void {
    for (const key of OF_A_SESSION) this.storage.kv.delete(key);
    this.storage.kv.put("ended", session.sessionId);
  }

  /** Forget everything, the alarm too. */
  async forget(): Promise<void> {
    this.storage.kv.delete("session");
    await Promise.all([this.storage.deleteAlarm(), this.storage.deleteAll()]);
  }

  /**
   * Have the object woken at *time* or sooner, `undefined` for never. An alarm that rings for
   * nothing sets the right one, which is cheaper than moving it with every change.
   */
  async wakeAt(time: number | undefined, now: number): Promise<void> {
    const alarm = this.storage.kv.get<number>("alarm");
    if (time === undefined || (alarm !== undefined && alarm > now && alarm <= time)) return;
    this.storage.kv.put("alarm", time);
    await this.storage.setAlarm(time);
  }

  /** The alarm rang: none is set. */
  noteAlarm(): void {
    this.storage.kv.delete("alarm");
  }
}
