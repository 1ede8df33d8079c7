/** An answer as JSON, and until when it may be given, in milliseconds since 1970. */
export interface Kept {
  text: string;
  until: number;
}

const MOST = 1_000;

/** Answers that an isolate has in its own memory, the thousand that it noted last. */
export class AtHand {
  private readonly answers = new Map<string, Kept>();

  /** Return the answer under *key* that may be given at *now*. */
  get(key: string, now: number): Kept | undefined {
    const kept = this.answers.get(key);
    return kept === undefined || kept.until <= now ? undefined : kept;
  }

  /** Note *kept* under *key*; beyond the most there may be, the one that was noted first goes. */
  put(key: string, kept: Kept): void {
    this.answers.delete(key);
    this.answers.set(key, kept);
    const [first] = this.answers.keys();
    if (this.answers.size > MOST && first !== undefined) this.answers.delete(first);
  }
}
