/** Requests of any so many milliseconds. */
export const WINDOW_MS = 60_000;

/** A request that was made: by which key, and when. */
export type Hit = readonly [key: string, at: number];

/**
 * The requests of the last minute, by key: exact in any 60 seconds, not by the clock's own minutes.
 *
 * In memory, so that whoever asks waits for no disk; `take` gives what is to be kept with the next write.
 */
export class HitWindow {
  private readonly byKey = new Map<string, number[]>();
  private unkept: Hit[] = [];

  /**
   * @param kept What `take` gave before, the oldest first.
   */
  constructor(kept: readonly Hit[]) {
    for (const [key, at] of kept) this.timesOf(key).push(at);
  }

  /** Count a request of *key*; return the milliseconds to wait when it has made *limit* of them. */
  hit(key: string, limit: number, now: number): number {
    const times = this.inWindow(key, now);
    const first = times.at(-limit);
    if (first !== undefined) return first + WINDOW_MS - now;
    times.push(now);
    this.unkept.push([key, now]);
    return 0;
  }

  /** How many requests *key* has made. */
  count(key: string, now: number): number {
    return this.inWindow(key, now).length;
  }

  /** Return what is not kept yet, once. */
  take(): Hit[] {
    const hits = this.unkept;
    this.unkept = [];
    return hits;
  }

  private inWindow(key: string, now: number): number[] {
    const times = this.timesOf(key);
    const from = times.findIndex((at) => at > now - WINDOW_MS);
    times.splice(0, from === -1 ? times.length : from);
    return times;
  }

  private timesOf(key: string): number[] {
    const times = this.byKey.get(key) ?? [];
    this.byKey.set(key, times);
    return times;
  }
}
