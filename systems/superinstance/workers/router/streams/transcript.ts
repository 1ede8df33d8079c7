import type { Usage } from "../models/cost";
import type { Meter, Provider } from "../providers/provider";
import type { StreamEvent } from "../providers/sse";

/** Counts what a stream costs, and keeps what its answer says. */
export class Transcript implements Meter {
  text = "";
  private readonly meter: Meter;

  constructor(private readonly provider: Provider) {
    this.meter = provider.meter();
  }

  take(event: StreamEvent): void {
    this.meter.take(event);
    this.text += this.provider.said(event);
  }

  get isWhole(): boolean {
    return this.meter.isWhole;
  }

  get hasFailed(): boolean {
    return this.meter.hasFailed;
  }

  get reported(): Usage | null {
    return this.meter.reported;
  }

  get isFinal(): boolean {
    return this.meter.isFinal;
  }

  get bytes(): number {
    return this.meter.bytes;
  }
}
