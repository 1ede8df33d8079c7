import type { Rate } from "../config";
import { isFull, take, type Level } from "./bucket";

/** Buckets that an isolate remembers before it looks which are full again. */
const MOST = 10_000;
// To look costs, and whoever makes it necessary does so with every request.
const BETWEEN_MS = 1_000;

/** Token buckets in the memory of one isolate: quick, and counted in each isolate by itself. */
export class Buckets {
  /** The one that was used last is last. */
  private readonly levels = new Map<string, { level: Level; rate: Rate }>();
  private looked = Number.NEGATIVE_INFINITY;

  constructor(private readonly now: () => number) {}

  /** Take a token of the bucket *key*; return the seconds to wait, 0 where it was given. */
  take(key: string, rate: Rate): number {
    const { level, wait } = take(this.levels.get(key)?.level, rate, this.now());
    this.levels.delete(key);
    this.levels.set(key, { level, rate });
    if (this.levels.size > MOST) this.forget();
    return wait;
  }

  /** How many are remembered. */
  get size(): number {
    return this.levels.size;
  }

  private forget(): void {
    if (this.looked + BETWEEN_MS <= this.now()) this.forgetFull();
    // More addresses than that at once are an attack: those that were heard of longest ago are forgotten.
    for (const key of this.levels.keys()) {
      if (this.levels.size <= MOST) return;
      this.levels.delete(key);
    }
  }

  private forgetFull(): void {
    this.looked = this.now();
    for (const [key, { level, rate }] of this.levels) {
      if (isFull(level, rate, this.now())) this.levels.delete(key);
    }
  }
}
