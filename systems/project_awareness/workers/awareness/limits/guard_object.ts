import { DurableObject } from "cloudflare:workers";

import { CLOCK } from "#lib/clock";
import type { Rate } from "../config";
import type { Env } from "../env";
import { take, type Level } from "./bucket";

/** What is counted of an address, exactly and in one place. */
export interface AddressGuard {
  /** Take a token of the bucket *name*; return the seconds to wait, 0 where it was given. */
  take(name: string, rate: Rate): Promise<number>;
  /**
   * Note that the address has *id* among its *kind* until *until* (milliseconds since 1970). `false` when it has *most*
   * of them already and *id* is none.
   */
  hold(kind: Kind, id: string, most: number, until: number): Promise<boolean>;
  release(kind: Kind, id: string): Promise<void>;
  /** What it holds of *kind*: until when, by id. */
  held(kind: Kind): Promise<Record<string, number>>;
}

export type Kind = "sessions" | "sockets";

type Held = Record<string, number>;

/** After that time a bucket is full again, whatever its rate. */
const BUCKETS_MS = 120_000;

/**
 * The limits of one address that have to hold exactly: tries to log in, sessions, WebSockets.
 *
 * Storage is synchronous, so every answer is atomic without a lock. What is held has an end, so that nothing is held
 * for ever by what died without a word.
 */
export class AddressGuardDurableObject extends DurableObject<Env> implements AddressGuard {
  async take(name: string, rate: Rate): Promise<number> {
    const now = CLOCK.now();
    const levels = this.levels();
    const { level, wait } = take(levels[name], rate, now);
    this.ctx.storage.kv.put("buckets", { ...levels, [name]: level });
    await this.wakeBy(now + BUCKETS_MS);
    return wait;
  }

  async hold(kind: Kind, id: string, most: number, until: number): Promise<boolean> {
    const held = this.heldOf(kind);
    if (!(id in held) && Object.keys(held).length >= most) return false;
    this.ctx.storage.kv.put(kind, { ...held, [id]: until });
    await this.wakeBy(until);
    return true;
  }

  release(kind: Kind, id: string): Promise<void> {
    const { [id]: _, ...rest } = this.heldOf(kind);
    this.ctx.storage.kv.put(kind, rest);
    return Promise.resolve();
  }

  held(kind: Kind): Promise<Record<string, number>> {
    return Promise.resolve(this.heldOf(kind));
  }

  /** Forget what is over; everything, where nothing is left. */
  override async alarm(): Promise<void> {
    const held = [...Object.values(this.heldOf("sessions")), ...Object.values(this.heldOf("sockets"))];
    const filled = Object.values(this.levels()).map(({ at }) => at + BUCKETS_MS);
    const last = Math.max(0, ...held, ...filled);
    if (last > CLOCK.now()) {
      await this.ctx.storage.setAlarm(last);
      return;
    }
    // At the worker's compatibility date deleting everything leaves the alarm.
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
  }

  private levels(): Record<string, Level> {
    return this.ctx.storage.kv.get<Record<string, Level>>("buckets") ?? {};
  }

  private heldOf(kind: Kind): Held {
    const now = CLOCK.now();
    const held = this.ctx.storage.kv.get<Held>(kind) ?? {};
    return Object.fromEntries(Object.entries(held).filter(([, until]) => until > now));
  }

  /** Look at *time*, or later, whether anything is left. */
  private async wakeBy(time: number): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null) await this.ctx.storage.setAlarm(time);
  }
}
