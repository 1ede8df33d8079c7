import { DurableObject } from "cloudflare:workers";

import { CLOCK } from "#lib/clock";
import { describeError, log } from "#lib/log";
import { RequestWindow, WINDOW_TABLE } from "#lib/request_window";
import type { Env } from "../env";
import { Sweep } from "./sweep";

/** A lock ends by itself after so long. */
const LOCK_MS = 30_000;
/** When a sweep that has failed is tried again. */
const RETRY_MS = 60_000;

/** A lock that is held: its fencing token is greater than that of every lock before it. */
export interface Held {
  token: number;
  /** Milliseconds since 1970. */
  until: number;
}

/** What became of asking for a lock. */
export type Acquired = { held: Held } | { busyMs: number };

interface Lock extends Held {
  lockId: string;
}

/** What the requests of the user are counted by: an object has one user. */
const ALL = "all";
const FREE: Lock = { lockId: "", token: 0, until: 0 };

/**
 * What there is of a user beside the data: who may write at the moment, how many requests were made, and when R2 is to be swept.
 *
 * A lock ends by time, so one whose holder is dead holds nobody up for longer. Its holder may be alive and late all the
 * same: what it writes carries the token, and D1 refuses an older one than it has seen.
 */
export class SyncState extends DurableObject<Env> {
  private readonly requests: RequestWindow;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(WINDOW_TABLE);
    this.requests = new RequestWindow(ctx.storage.sql, CLOCK.now());
  }

  /** Count a request of the user; return the seconds to wait where *most* were made in a minute, else 0. */
  count(most: number): number {
    const wait = this.requests.hit(ALL, most, CLOCK.now());
    this.requests.keep(CLOCK.now());
    return wait;
  }

  /** Take the lock for *lockId* when nobody else holds it; again by the same, it is renewed. */
  acquire(lockId: string): Acquired {
    const now = CLOCK.now();
    const lock = this.lock;
    const isHeld = lock.until > now;
    if (isHeld && lock.lockId !== lockId) return { busyMs: lock.until - now };
    return { held: this.keep({ lockId, token: isHeld ? lock.token : lock.token + 1, until: now + LOCK_MS }) };
  }

  /** Return the lock of *lockId*, renewed if *isRenewed*; `null` when it does not hold it, or no more. */
  find(lockId: string, isRenewed: boolean): Held | null {
    const lock = this.lock;
    if (lock.lockId !== lockId || lock.until <= CLOCK.now()) return null;
    return isRenewed ? this.keep({ ...lock, until: CLOCK.now() + LOCK_MS }) : { token: lock.token, until: lock.until };
  }

  /** Give the lock of *lockId* back; return whether it held it. */
  release(lockId: string): boolean {
    const isHeld = this.find(lockId, false) !== null;
    if (isHeld) this.keep({ ...this.lock, until: 0 });
    return isHeld;
  }

  /** Milliseconds until the lock ends that is held now; 0 when none is. */
  busyMs(): number {
    return Math.max(0, this.lock.until - CLOCK.now());
  }

  /** Go on above *token*, which D1 has seen: this object may be younger than what D1 has of the user. */
  catchUp(token: number): Held {
    const lock = this.lock;
    return lock.token < token ? this.keep({ ...lock, token, until: 0 }) : lock;
  }

  /** Have R2 swept for *userId* at *time*, in milliseconds since 1970, or before. */
  async sweepAt(userId: string, time: number): Promise<void> {
    this.ctx.storage.kv.put("user", userId);
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > time) await this.ctx.storage.setAlarm(time);
  }

  /** Sweep, and ring again when more is due. An alarm that throws would ring a few times, and never again. */
  override async alarm(): Promise<void> {
    const userId = this.ctx.storage.kv.get<string>("user");
    if (userId === undefined) return;
    const next = await this.sweep(userId);
    if (next !== null) await this.sweepAt(userId, next);
  }

  private async sweep(userId: string): Promise<number | null> {
    try {
      return await new Sweep(this.env, CLOCK).run(userId);
    } catch (error) {
      log("error", "sweep_failed", describeError(error));
      return CLOCK.now() + RETRY_MS;
    }
  }

  private get lock(): Lock {
    return this.ctx.storage.kv.get<Lock>("lock") ?? FREE;
  }

  private keep(lock: Lock): Held {
    this.ctx.storage.kv.put("lock", lock);
    return { token: lock.token, until: lock.until };
  }
}
