interface Call {
  fingerprint: string | null;
  attempt: string;
  until: number;
  mostNano: bigint;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * The calls that are being made, by their ids.
 *
 * In memory: what dies with the object is free to be made again, and billing takes an id once. Each has a timer, which
 * ends it when its time is over and keeps an idle object from leaving memory meanwhile.
 */
export class RunningCalls {
  /** What all of them come to at most, in 10⁻⁹ dollars. */
  mostNano = 0n;
  private readonly calls = new Map<string, Call>();

  /** How many there are. */
  get size(): number {
    return this.calls.size;
  }

  /** Return the call *requestId*, while its time is not over. */
  find(requestId: string, now: number): { fingerprint: string | null; leftMs: number } | undefined {
    const call = this.calls.get(requestId);
    if (call === undefined || call.until <= now) return undefined;
    return { fingerprint: call.fingerprint, leftMs: call.until - now };
  }

  /** Begin the call *requestId*, which costs *mostNano* at most; return the name of this attempt at it. */
  begin(requestId: string, fingerprint: string | null, now: number, leaseMs: number, mostNano: bigint): string {
    this.end(requestId);
    const attempt = crypto.randomUUID();
    const timer = setTimeout(() => {
      this.end(requestId, attempt);
    }, leaseMs);
    this.calls.set(requestId, { fingerprint, attempt, until: now + leaseMs, mostNano, timer });
    this.mostNano += mostNano;
    return attempt;
  }

  /** End the call *requestId*, or only that *attempt* at it. */
  end(requestId: string, attempt?: string): void {
    const call = this.calls.get(requestId);
    if (call === undefined || (attempt !== undefined && attempt !== call.attempt)) return;
    clearTimeout(call.timer);
    this.calls.delete(requestId);
    this.mostNano -= call.mostNano;
  }
}
