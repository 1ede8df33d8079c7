/** What a Durable Object's state does, in memory: storage, one alarm, sockets. */
export class FakeObjectState {
  readonly values = new Map<string, unknown>();
  readonly sockets: FakeSocket[] = [];
  /** When the alarm rings, in milliseconds since 1970. */
  alarm: number | undefined;
  private readonly background: Promise<unknown>[] = [];

  readonly storage = {
    kv: {
      get: (key: string): unknown => structuredClone(this.values.get(key)),
      put: (key: string, value: unknown): void => {
        this.values.set(key, structuredClone(value));
      },
      delete: (key: string): boolean => this.values.delete(key),
    },
    sql: { databaseSize: 4096 },
    setAlarm: (time: number): Promise<void> => {
      this.alarm = time;
      return Promise.resolve();
    },
    deleteAlarm: (): Promise<void> => {
      this.alarm = undefined;
      return Promise.resolve();
    },
    deleteAll: (): Promise<void> => {
      this.values.clear();
      return Promise.resolve();
    },
  };

  /** As the object sees it. */
  get binding(): DurableObjectState {
    return this as unknown as DurableObjectState;
  }

  setWebSocketAutoResponse(): void {
    // The runtime answers by itself; there is none here.
  }

  getWebSockets(): FakeSocket[] {
    return this.sockets.filter((socket) => socket.closed === undefined);
  }

  waitUntil(promise: Promise<unknown>): void {
    this.background.push(promise);
  }

  /** Until everything that was started in the background is done. */
  async settled(): Promise<void> {
    await Promise.all(this.background);
  }
}

/** One side of a WebSocket: what was sent to it, and how it was closed. */
export class FakeSocket {
  readonly sent: unknown[] = [];
  closed: { code: number; reason: string } | undefined;

  constructor(private readonly attachment: unknown) {}

  /** As the object sees it. */
  get binding(): WebSocket {
    return this as unknown as WebSocket;
  }

  send(text: string): void {
    if (this.closed !== undefined) throw new Error("closed");
    this.sent.push(JSON.parse(text));
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  deserializeAttachment(): unknown {
    return this.attachment;
  }
}
