/** One event of a stream, and its text as it came. */
export interface StreamEvent {
  /** Default of the format: `message`. */
  event: string;
  data: string;
  /** As it came, with the empty line after it. */
  raw: string;
}

/** Characters that one event may have: whoever sends more is no provider of answers. */
const MOST_CHARACTERS = 8_000_000;
const END = /\r\n\r\n|\n\n|\r\r/;

/** Takes a stream of events (`text/event-stream`) apart, as its pieces come. */
export class EventReader {
  private readonly decoder = new TextDecoder();
  private rest = "";

  /** Return the events that *chunk* completes. */
  push(chunk: Uint8Array): StreamEvent[] {
    this.rest += this.decoder.decode(chunk, { stream: true });
    const events: StreamEvent[] = [];
    for (let end = END.exec(this.rest); end !== null; end = END.exec(this.rest)) {
      const raw = this.rest.slice(0, end.index + end[0].length);
      this.rest = this.rest.slice(raw.length);
      events.push(parse(raw));
    }
    if (this.rest.length > MOST_CHARACTERS) throw new Error(`an event has more than ${MOST_CHARACTERS} characters`);
    return events;
  }
}

function parse(raw: string): StreamEvent {
  let event = "message";
  const data: string[] = [];
  for (const line of raw.split(/\r\n|\n|\r/)) {
    const [, field, value = ""] = /^([a-z]+):? ?(.*)$/s.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return { event, data: data.join("\n"), raw };
}
