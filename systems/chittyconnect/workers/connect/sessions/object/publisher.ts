import { within, type Clock } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { SessionIndex } from "../index_table";
import { getSession, putSession, sessionKey } from "../kv_store";
import type { Session } from "../model";
import type { SessionRecord } from "./record";

// KV takes one write a second under a key.
const PAUSE_MS = 1_000;
const RETRY_MS = 15_000;
const TIMEOUT_MS = 5_000;

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
  // When KV takes the next write. Unlike notBefore it does not move after a failure.
  private freeAt = 0;

  constructor(
    private readonly record: SessionRecord,
    private readonly kv: KVNamespace,
    private readonly index: SessionIndex,
    private readonly clock: Clock,
  ) {}

  /** When it should run next, `undefined` while everything is published. */
  dueAt(): number | undefined {
    return this.isBehind() ? Math.max(this.notBefore, this.clock.now() + PAUSE_MS) : undefined;
  }

  /** Publish now, unless the last time was less than a second ago. Never throws. */
  async offer(): Promise<void> {
    if (this.clock.now() >= this.notBefore) await this.publish();
  }

  /** Publish as soon as KV takes it; a run under way is joined. Never throws. */
  async publish(): Promise<void> {
    if (!this.isBehind()) return;
    this.running ??= this.reconcile().finally(() => {
      this.running = undefined;
    });
    await this.running;
  }

  /** Wait for a first publication under way: it may show that KV holds the session. Never throws. */
  async first(): Promise<void> {
    const { session, published } = this.record;
    if (session !== undefined && published === undefined) await this.running;
  }

  private isBehind(): boolean {
    const { session, published, ended } = this.record;
    if (session === undefined) return ended !== undefined;
    return published?.revision !== session.revision;
  }

  private async reconcile(): Promise<void> {
    const wait = this.freeAt - this.clock.now();
    if (wait > 0) await this.clock.sleep(wait);
    let pause = PAUSE_MS;
    try {
      await this.repair();
    } catch (error) {
      pause = RETRY_MS;
      log("warn", "session_publish_failed", describeError(error));
    }
    this.freeAt = this.clock.now() + PAUSE_MS;
    this.notBefore = this.clock.now() + pause;
  }

  private async repair(): Promise<void> {
    const { session, ended } = this.record;
    if (session !== undefined) await this.show(session);
    else if (ended !== undefined) await this.withdraw(ended);
  }

  private async show(session: Session): Promise<void> {
    const published = this.record.published;
    if (published === undefined && (await this.isHeldByKv(session.sessionId))) {
      await this.record.forget();
      return;
    }
    await within(TIMEOUT_MS, putSession(this.kv, session, this.clock.now()));
    if (published?.expiresAt !== session.expiresAt) await this.index.write(session);
    this.record.notePublished(session);
  }

  /**
   * KV took the session over when the creation seemed to have failed: the caller knows that one,
   * and nobody knows ours.
   */
  private async isHeldByKv(sessionId: string): Promise<boolean> {
    const held = await within(TIMEOUT_MS, getSession(this.kv, sessionId, this.clock.now()));
    return held?.store === "kv";
  }

  private async withdraw(sessionId: string): Promise<void> {
    // Late, it would take away a session that KV holds by now.
    if (!(await this.isHeldByKv(sessionId))) {
      await within(TIMEOUT_MS, this.kv.delete(sessionKey(sessionId)));
      await this.index.erase(sessionId);
    }
    // A new session of the same id may have come meanwhile: it is published next.
    if (this.record.session === undefined) await this.record.forget();
  }
}
