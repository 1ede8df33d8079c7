import { describeError, log } from "../../../../lib/log";
import type { SessionIndex } from "../index_table";
import { getSession, putSession, sessionKey } from "../kv_store";
import type { Session } from "../model";
import type { SessionRecord } from "./record";

// KV takes one write a second under a key.
const PAUSE_MS = 1_000;
const RETRY_MS = 15_000;

/**
 * Keeps what others see of an object's session (the copy in KV, the row in the index) equal to the
 * object's own record.
 *
 * It compares and repairs instead of repeating single steps: running it once more is always safe,
 * and a failure only means that it runs again later.
 */
export class SessionPublisher {
  private running: Promise<void> | undefined;
  private notBefore = 0;

  constructor(
    private readonly record: SessionRecord,
    private readonly kv: KVNamespace,
    private readonly index: SessionIndex,
    private readonly now: () => number,
  ) {}

  /** When it should run next, `undefined` while everything is published. */
  dueAt(): number | undefined {
    return this.isBehind() ? Math.max(this.notBefore, this.now() + PAUSE_MS) : undefined;
  }

  /** Publish now, unless the last time was less than a second ago. Never throws. */
  async offer(): Promise<void> {
    if (this.now() >= this.notBefore) await this.publish();
  }

  /** Publish now, if there is anything to; a run under way is joined. Never throws. */
  async publish(): Promise<void> {
    if (!this.isBehind()) return;
    this.running ??= this.reconcile().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  private isBehind(): boolean {
    const { session, published, ended } = this.record;
    if (session === undefined) return ended !== undefined;
    return published?.revision !== session.revision;
  }

  private async reconcile(): Promise<void> {
    this.notBefore = this.now() + PAUSE_MS;
    const { session, ended } = this.record;
    try {
      if (session !== undefined) await this.show(session);
      else if (ended !== undefined) await this.withdraw(ended);
    } catch (error) {
      this.notBefore = this.now() + RETRY_MS;
      log("warn", "session_publish_failed", describeError(error));
    }
  }

  private async show(session: Session): Promise<void> {
    const published = this.record.published;
    if (published === undefined && (await this.isHeldByKv(session))) {
      await this.record.forget();
      return;
    }
    await putSession(this.kv, session, this.now());
    if (published?.expiresAt !== session.expiresAt) await this.index.write(session);
    this.record.notePublished(session);
  }

  /**
   * KV took the session over when the creation seemed to have failed: the caller knows that one,
   * and nobody knows ours.
   */
  private async isHeldByKv(session: Session): Promise<boolean> {
    const held = await getSession(this.kv, session.sessionId, this.now());
    return held?.store === "kv";
  }

  private async withdraw(sessionId: string): Promise<void> {
    await this.kv.delete(sessionKey(sessionId));
    await this.index.erase(sessionId);
    // A new session of the same id may have come meanwhile: it is published next.
    if (this.record.session === undefined) await this.record.forget();
  }
}
