import { DurableObject } from "cloudflare:workers";

import { log } from "#lib/log";
import type { Destination, Limits } from "./config";
import type { Env } from "./env";
import { NOTHING_KNOWN, takeIn, type Known, type Message } from "./incidents";
import { TOLD, type Finding } from "./rules";

/** A message on its way to one of those who are told. */
export interface Letter {
  id: number;
  to: Destination;
  message: Message;
  /** Until when somebody has it in hand, in milliseconds since 1970. */
  heldUntil: number;
}

/** What is known of alerts, and what is still to be told. */
export interface WatchState {
  /** Take in *found*; what there is to tell is kept for those of *reachable* who are told of it. */
  takeIn(found: readonly Finding[], reachable: readonly Destination[], now: number, limits: Limits): Promise<void>;
  /** Hand over what can be sent, to nobody else for a while; of one incident only what comes next. */
  hand(now: number): Promise<Letter[]>;
  /** Note which letters have arrived and which have not: those are handed over again. */
  settle(arrived: readonly number[], failed: readonly number[]): Promise<void>;
}

/** Longer than sending takes. */
const HELD_MS = 60_000;
/** What nobody took for so long is given up. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Which alerts are open and what is still to be told, in one place: two runs that overlap find the same, and what was
 * begun survives every restart. Storage is synchronous, so each call is atomic.
 */
export class WatchStateDurableObject extends DurableObject<Env> implements WatchState {
  takeIn(found: readonly Finding[], reachable: readonly Destination[], now: number, limits: Limits): Promise<void> {
    const { known, messages } = takeIn(this.known(), found, now, limits);
    this.ctx.storage.kv.put("known", known);
    for (const message of messages) {
      log(message.action === "resolve" ? "info" : "warn", "alert", { ...message });
      this.post(message, reachable);
    }
    return Promise.resolve();
  }

  hand(now: number): Promise<Letter[]> {
    const kept = this.letters().filter((letter) => this.isWorthKeeping(letter, now));
    const taken = new Set<string>();
    const free = kept.filter(({ to, message, heldUntil }) => {
      const line = `${to} ${message.key}`;
      const isFirst = !taken.has(line);
      taken.add(line);
      return isFirst && heldUntil <= now;
    });
    const ids = new Set(free.map(({ id }) => id));
    this.keep(kept.map((letter) => (ids.has(letter.id) ? { ...letter, heldUntil: now + HELD_MS } : letter)));
    return Promise.resolve(free);
  }

  settle(arrived: readonly number[], failed: readonly number[]): Promise<void> {
    const left = this.letters().filter(({ id }) => !arrived.includes(id));
    this.keep(left.map((letter) => (failed.includes(letter.id) ? { ...letter, heldUntil: 0 } : letter)));
    return Promise.resolve();
  }

  private post(message: Message, reachable: readonly Destination[]): void {
    const told = TOLD.find(({ id }) => id === message.rule)?.to ?? [];
    const number = this.ctx.storage.kv.get<number>("number") ?? 0;
    const letters = told
      .filter((to) => reachable.includes(to))
      .map((to, index) => ({ id: number + index + 1, to, message, heldUntil: 0 }));
    this.ctx.storage.kv.put("number", number + letters.length);
    this.keep([...this.letters(), ...letters]);
  }

  private isWorthKeeping({ to, message }: Letter, now: number): boolean {
    const isFresh = now - message.at < KEPT_MS;
    if (!isFresh) log("error", "alert_given_up", { to, rule: message.rule, key: message.key });
    return isFresh;
  }

  private known(): Known {
    return this.ctx.storage.kv.get<Known>("known") ?? NOTHING_KNOWN;
  }

  private letters(): Letter[] {
    return this.ctx.storage.kv.get<Letter[]>("letters") ?? [];
  }

  private keep(letters: readonly Letter[]): void {
    this.ctx.storage.kv.put("letters", letters);
  }
}
