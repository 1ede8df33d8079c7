import type { Clock } from "../clock";

/** A clock that starts now and moves by sleeping, at once, or as the test moves it. */
export class FakeClock implements Clock {
  private ahead = 0;

  readonly now = (): number => Date.now() + this.ahead;

  sleep(milliseconds: number): Promise<void> {
    this.ahead += milliseconds;
    return Promise.resolve();
  }
}
