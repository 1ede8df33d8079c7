import { within } from "#lib/clock";
import { describeError, log } from "#lib/log";
import type { Meter } from "../providers/provider";
import { EventReader, type StreamEvent } from "../providers/sse";

/** What is to be passed on, and who is told how it went. */
export interface RelayParts {
  upstream: ReadableStream<Uint8Array>;
  meter: Meter;
  /** How long the provider may be silent. */
  silenceMs: number;
  /** How long all of it may take, the client's reading included: after that it is left. */
  longestMs: number;
  /** Which events the client has not asked for. Default: it gets every byte as it comes. */
  isHidden?: (event: StreamEvent) => boolean;
  /** Characters to keep of what the client gets, for whoever asks again. */
  keep: number;
  /** The last event has come. The client gets it when this is done; *text* is all of it, `null` when it was too much. */
  whole: (text: string | null) => Promise<void>;
  /** The client has gone, or the time is over, and the call was ended. */
  left: () => Promise<void>;
  /** The provider has failed in the middle. */
  broken: () => Promise<void>;
}

/** A stream that is passed on, and when all is said and done about it. */
export interface Relayed {
  body: ReadableStream<Uint8Array>;
  over: Promise<void>;
}

/** Pass a stream of events on as it comes, and count what it costs meanwhile. */
export function relay(parts: RelayParts): Relayed {
  const relaying = new Relay(parts);
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        relaying.start(controller);
      },
      pull: (controller) => relaying.pull(controller),
      cancel: () => relaying.cancel(),
    },
    { highWaterMark: 0 },
  );
  return { body, over: relaying.over };
}

type Controller = ReadableStreamDefaultController<Uint8Array>;

class Relay {
  readonly over: Promise<void>;
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  private readonly events = new EventReader();
  private kept: string | null = "";
  private isTold = false;
  private done: () => void = () => undefined;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly parts: RelayParts) {
    this.reader = parts.upstream.getReader();
    this.over = new Promise((resolve) => {
      this.done = resolve;
    });
  }

  /** Begin to count the time: who reads ever more slowly would never pay, and keep the id beyond its lease. */
  start(controller: Controller): void {
    this.timer = setTimeout(() => {
      controller.error(new Error("the stream has taken too long"));
      void this.cancel();
    }, this.parts.longestMs);
  }

  async pull(controller: Controller): Promise<void> {
    try {
      while (!(await this.pass(controller)));
    } catch (error) {
      await this.fail(controller, error);
    }
  }

  /** The client has gone: end the call. What has passed is paid for. */
  async cancel(): Promise<void> {
    await this.tell(this.parts.left);
    await this.reader.cancel().catch(() => undefined);
  }

  /** Pass the next piece on; return whether there was anything of it. */
  private async pass(controller: Controller): Promise<boolean> {
    const { done, value } = await within(this.parts.silenceMs, this.reader.read());
    if (done) {
      await this.end(controller);
      return true;
    }
    const piece = this.look(value);
    if (this.parts.meter.isWhole) await this.tell(() => this.parts.whole(this.kept));
    if (piece.byteLength === 0) return false;
    controller.enqueue(piece);
    return true;
  }

  /** Count what *chunk* says; return what the client gets of it. */
  private look(chunk: Uint8Array): Uint8Array {
    const { meter, isHidden } = this.parts;
    const events = this.events.push(chunk);
    for (const event of events) meter.take(event);
    const shown = isHidden === undefined ? events : events.filter((event) => !isHidden(event));
    const text = shown.map(({ raw }) => raw).join("");
    this.keep(text);
    return isHidden === undefined ? chunk : new TextEncoder().encode(text);
  }

  private keep(text: string): void {
    const whole = this.kept === null ? null : this.kept + text;
    this.kept = whole !== null && whole.length <= this.parts.keep ? whole : null;
  }

  /** A stream that ends without its last event was cut, unless the provider has said why. */
  private async end(controller: Controller): Promise<void> {
    if (!this.isTold && !this.parts.meter.hasFailed) throw new Error("the stream ended before its last event");
    await this.tell(this.parts.broken);
    controller.close();
  }

  private async fail(controller: Controller, error: unknown): Promise<void> {
    if (!this.isTold) log("error", "stream_broken", describeError(error));
    await this.tell(this.parts.broken);
    await this.reader.cancel().catch(() => undefined);
    controller.error(error);
  }

  /** Tell how it went, once. */
  private async tell(how: () => Promise<void>): Promise<void> {
    if (this.isTold) return;
    this.isTold = true;
    clearTimeout(this.timer);
    try {
      await how();
    } finally {
      this.done();
    }
  }
}
