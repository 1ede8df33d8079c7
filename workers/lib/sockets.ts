/** What every server of WebSockets needs: sockets that may be gone, and requests that ask for none. */

import { ApiError } from "./errors";

/** Close code for an end that nobody is to blame for. */
export const NORMAL = 1000;

/** Send to a socket that may be gone: its close event tells, nobody else has to know. */
export function send(socket: WebSocket, text: string): void {
  try {
    socket.send(text);
  } catch {
    close(socket, NORMAL, "");
  }
}

/** Close a socket that may be closed already. */
export function close(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, reason);
  } catch {
    // Closed by the other side.
  }
}

/** Whether *request* asks for a WebSocket. */
export function isUpgrade(request: Request): boolean {
  return request.headers.get("Upgrade")?.toLowerCase() === "websocket";
}

/** Answer to a request that is no handshake. */
export function upgradeRequired(): ApiError {
  return new ApiError(426, "upgrade_required", "this address speaks WebSocket only", { Upgrade: "websocket" });
}
