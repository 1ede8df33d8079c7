import type { Owners } from "#lib/bearer";
import { ApiError } from "#lib/errors";
import { close, isUpgrade, NORMAL, send, upgradeRequired } from "#lib/sockets";

/** What the object keeps of a socket's caller while it sleeps. */
export interface Caller {
  tokenId: string;
  mayWrite: boolean;
  /** For whom the token may act. Absent: for all, as before tokens could be bound. */
  owners?: Owners;
  /** When the token ends, in milliseconds since 1970. `null`: never. */
  until: number | null;
}

/** Header by which the worker tells the object who connects. Only the worker reaches objects. */
export const CALLER_HEADER = "X-Session-Caller";

/** Close code of a socket whose token has expired: 4000 and above are the application's own. */
export const TOKEN_EXPIRED = 4401;
const MAX_CONNECTIONS = 100;
/** State of a socket that neither side has closed. */
const OPEN = 1;

/** The part of an object's state that is used here. */
export type SocketState = Pick<
  DurableObjectState,
  "acceptWebSocket" | "getWebSockets" | "setWebSocketAutoResponse"
>;

/**
 * The WebSockets of one session. They hibernate: the object may leave memory while they stay open,
 * so nothing about them is kept in a field.
 */
export class SessionSockets {
  constructor(
    private readonly state: SocketState,
    private readonly now: () => number,
  ) {
    // Plain pings are answered without waking the object.
    state.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  }

  /**
   * How many are open. The runtime lists those that were closed here as well, until their client has answered: one that
   * has gone never does, and would keep others out.
   */
  get count(): number {
    return this.state.getWebSockets().filter(({ readyState }) => readyState === OPEN).length;
  }

  /** The 101 answer to *request*. 426 when it is no upgrade, 429 when there are too many. */
  accept(request: Request): Response {
    if (!isUpgrade(request)) throw upgradeRequired();
    if (this.count >= MAX_CONNECTIONS) throw tooManyConnections();
    const caller = callerOf(request);
    const { 0: client, 1: server } = new WebSocketPair();
    this.state.acceptWebSocket(server, [caller.tokenId]);
    server.serializeAttachment(caller);
    return new Response(null, { status: 101, webSocket: client });
  }

  /** Who is behind *socket*; closes it and answers `undefined` when the token has expired. */
  caller(socket: WebSocket): Caller | undefined {
    const caller = socket.deserializeAttachment() as Caller;
    if (caller.until === null || caller.until > this.now()) return caller;
    close(socket, TOKEN_EXPIRED, "token expired");
    return undefined;
  }

  /** Tell everybody whose token is still good. */
  broadcast(message: object): void {
    const text = JSON.stringify(message);
    for (const socket of this.state.getWebSockets()) {
      if (this.caller(socket) !== undefined) send(socket, text);
    }
  }

  /** Tell everybody that the session is over, and hang up. */
  end(reason: string): void {
    this.broadcast({ type: "ended", reason });
    for (const socket of this.state.getWebSockets()) close(socket, NORMAL, "session ended");
  }
}

/** For whom the token of *request* may act. */
export function ownersOf(request: Request): Owners {
  return callerOf(request).owners ?? null;
}

function callerOf(request: Request): Caller {
  return JSON.parse(request.headers.get(CALLER_HEADER) ?? "") as Caller;
}

function tooManyConnections(): ApiError {
  const message = `a session takes at most ${MAX_CONNECTIONS} connections`;
  return new ApiError(429, "too_many_connections", message, { "Retry-After": "30" });
}
