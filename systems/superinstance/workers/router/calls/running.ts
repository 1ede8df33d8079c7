interface Call {
  fingerprint: string;
  attempt: string;
  until: number;
  timer: ReturnType<typeof setTimeout>;
}

/**
 * The calls that are being made, by their ids.
 *
 * In memory: what dies with the object is free to be made again, and billing takes an id once. Each has a timer, which
 * ends it when its time is over and keeps an idle object from leaving memory meanwhile.
 */
export class RunningCalls {
  private readonly calls = new Map<string, Call>();

  /** Return the call *requestId*, while its time is not over. */
  find(requestId: string, now: number): { fingerprint: string; leftMs: number } | undefined {
    const call = this.calls.get(requestId);
    if (call === undefined || call.until <= now) return undefined;
    return { fingerprint: call.fingerprint, leftMs: call.until - now };
  }

  /** Begin the call *requestId*; return the name of this attempt at it. */
  begin(requestId: string, fingerprint: string, now: number, leaseMs: number): string {
    this.end(requestId);
    const attempt = crypto.randomUUID();
    const timer = setTimeout(() => {
      this.end(requestId, attempt);
    }, leaseMs);
    this.calls.set(requestId, { fingerprint, attempt, until: now + leaseMs, timer });
    return attempt;
  }

  /** End the call *requestId*, or only that *attempt* at it. */
  end(requestId: string, attempt?: string): void {
    const call = this.calls.get(requestId);
    if (call === undefined || (attempt !== undefined && attempt !== call.attempt)) return;
    clearTimeout(call.timer);
    this.calls.delete(requestId);
  }
}
