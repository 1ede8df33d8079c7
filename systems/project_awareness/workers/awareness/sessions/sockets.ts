import { close, send } from "#lib/sockets";

/** What the object keeps of a socket while it sleeps. */
export interface Caller {
  /** Name of the socket, under which its address is counted. */
  socketId: string;
  /** What its address is counted by; `null`: it is not, in a load test. */
  address: string | null;
  /** When the token ends, in milliseconds since 1970. `null`: never. */
  until: number | null;
}

interface Attachment extends Caller {
  /** When it was last heard of. */
  at: number;
}

/** Header by which the worker tells the object who connects. Only the worker reaches objects. */
export const CALLER_HEADER = "X-Socket-Caller";

/** What a page may offer beside its token, and is then answered. */
const PROTOCOL = "chittyos";

/** A socket that is not heard of for so long is closed. */
export const IDLE_MS = 300_000;
/** State of a socket that neither side has closed. */
const OPEN = 1;
/** Close codes of our own. */
const TOKEN_EXPIRED = 4401;
const IDLE = 4408;

/** The part of an object's state that is used here. */
export type SocketState = Pick<
  DurableObjectState,
  "acceptWebSocket" | "getWebSockets" | "getWebSocketAutoResponseTimestamp" | "setWebSocketAutoResponse"
>;

/**
 * The WebSockets of one owner. They hibernate: the object may leave memory while they stay open, so nothing about
 * them is kept in a field.
 */
export class Sockets {
  constructor(
    private readonly state: SocketState,
    private readonly now: () => number,
  ) {
    // Plain pings are answered without waking the object, and count as a word of the socket.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  get count(): number {
    return this.live.length;
  }

  /** The 101 answer to *request*, which is an upgrade, and what is said first. */
  accept(request: Request, welcome: object): Response {
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server);
    server.serializeAttachment({ ...callerOf(request), at: this.now() } satisfies Attachment);
    send(server, JSON.stringify(welcome));
    const offered = (request.headers.get("Sec-WebSocket-Protocol") ?? "").split(",").map((each) => each.trim());
    const headers: HeadersInit = offered.includes(PROTOCOL) ? { "Sec-WebSocket-Protocol": PROTOCOL } : {};
    return new Response(null, { status: 101, webSocket: client, headers });
  }

  /** Note that *socket* was heard of. `undefined`, and it is closed, when its token has expired. */
  heard(socket: WebSocket): Caller | undefined {
    const attachment = attachmentOf(socket);
    if (isOver(attachment, this.now())) {
      close(socket, TOKEN_EXPIRED, "token expired");
      return undefined;
    }
    socket.serializeAttachment({ ...attachment, at: this.now() } satisfies Attachment);
    return attachment;
  }

  /** Tell everybody whose token is still good; return how many that are. */
  broadcast(message: object): number {
    const text = JSON.stringify(message);
    const open = this.live.filter((socket) => !this.closeExpired(socket));
    for (const socket of open) send(socket, text);
    return open.length;
  }

  /** Close those that have not been heard of for too long; return them. */
  closeIdle(): Caller[] {
    const idle = this.live.filter((socket) => this.idleAt(socket) <= this.now());
    for (const socket of idle) close(socket, IDLE, "not heard of for 300 s");
    return idle.map(attachmentOf);
  }

  /** Those that are open. */
  get open(): Caller[] {
    return this.live.map(attachmentOf);
  }

  /** When the next one has not been heard of for too long, if nothing comes; `undefined` without any. */
  nextIdleAt(): number | undefined {
    const times = this.live.map((socket) => this.idleAt(socket));
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /**
   * Those that were not closed. The runtime lists the others too, until the client has answered: one that has gone never
   * does, and would be found idle again and again.
   */
  private get live(): WebSocket[] {
    return this.state.getWebSockets().filter(({ readyState }) => readyState === OPEN);
  }

  private closeExpired(socket: WebSocket): boolean {
    const isExpired = isOver(attachmentOf(socket), this.now());
    if (isExpired) close(socket, TOKEN_EXPIRED, "token expired");
    return isExpired;
  }

  private idleAt(socket: WebSocket): number {
    const pinged = this.state.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
    return Math.max(attachmentOf(socket).at, pinged) + IDLE_MS;
  }
}

/** Who is behind *socket*. */
export function attachmentOf(socket: WebSocket): Attachment {
  return socket.deserializeAttachment() as Attachment;
}

function isOver({ until }: Attachment, now: number): boolean {
  return until !== null && until <= now;
}

function callerOf(request: Request): Caller {
  return JSON.parse(request.headers.get(CALLER_HEADER) ?? "") as Caller;
}
