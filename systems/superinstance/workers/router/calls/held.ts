import { RpcTarget } from "cloudflare:workers";

import type { CallJournal } from "./journal";
import type { HeldCall, Settlement } from "./model";

/** A call that a journal has let in, as its caller holds it. */
export class Held extends RpcTarget implements HeldCall {
  constructor(
    private readonly journal: CallJournal,
    private readonly requestId: string,
    private readonly attempt: string,
  ) {
    super();
  }

  settle(settlement: Settlement): Promise<void> {
    return this.journal.settle(settlement);
  }

  release(): Promise<void> {
    this.journal.release(this.requestId, this.attempt);
    return Promise.resolve();
  }

  /** The runtime runs this when the caller has let go, or is gone: nobody makes the call any more. */
  [Symbol.dispose](): void {
    this.journal.release(this.requestId, this.attempt);
  }
}
