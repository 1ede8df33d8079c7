/** The execution context of requests in tests, which can wait for what goes on after the answers. */
export class FakeContext {
  private readonly background: Promise<unknown>[] = [];

  /** What a worker is given; only what workers use of it is there. */
  get binding(): ExecutionContext {
    const context = {
      waitUntil: (work: Promise<unknown>) => void this.background.push(work),
      passThroughOnException: () => undefined,
    };
    return context as unknown as ExecutionContext;
  }

  /** Until all of it is done, also what begins meanwhile. */
  async settled(): Promise<void> {
    while (this.background.length > 0) await Promise.all(this.background.splice(0));
  }
}
