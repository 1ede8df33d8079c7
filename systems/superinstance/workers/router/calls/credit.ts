import { CLOCK } from "#lib/clock";
import { askBalance } from "./delivery";

/** How soon billing is asked again for a balance that does not suffice: somebody may have topped it up. */
const AGAIN_MS = 1_000;

/**
 * What an account has left, as far as its journal can know without asking: what billing said last, less what billing
 * has not been told yet, less what the calls that are being made may come to.
 */
export class Credit {
  private balanceNano: bigint | undefined;
  private timesHeard = 0;
  private askedAt = -AGAIN_MS;
  private asking: Promise<void> | undefined;

  /**
   * @param unbilledNano What will be charged that billing has not been told, when the object woke.
   */
  constructor(
    private readonly billing: Fetcher,
    private unbilledNano: bigint,
  ) {}

  /** Return what is left beside calls that may come to *runningNano*; `undefined` while billing has never said so. */
  left(runningNano: bigint): bigint | undefined {
    return this.balanceNano === undefined ? undefined : this.balanceNano - this.unbilledNano - runningNano;
  }

  /** Count what billing is still to be told. */
  charge(nano: bigint): void {
    this.unbilledNano += nano;
  }

  /** Take over what billing says is left, now that it was told of *chargedNano*. */
  hear(balanceNano: bigint | undefined, chargedNano: bigint): void {
    this.unbilledNano -= chargedNano;
    this.balanceNano = balanceNano ?? this.balanceNano;
    this.timesHeard += 1;
  }

  /** Ask billing anew, once for everybody who waits, and at most once a second. */
  async refresh(accountId: string): Promise<void> {
    this.asking ??= this.ask(accountId).finally(() => {
      this.asking = undefined;
    });
    await this.asking;
  }

  private async ask(accountId: string): Promise<void> {
    if (CLOCK.now() - this.askedAt < AGAIN_MS) return;
    this.askedAt = CLOCK.now();
    const before = this.timesHeard;
    const balanceNano = await askBalance(this.billing, accountId);
    // What was heard meanwhile may be newer than what was asked.
    if (before === this.timesHeard) this.balanceNano = balanceNano ?? this.balanceNano;
  }
}
