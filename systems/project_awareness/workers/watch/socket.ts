const NORMAL = 1000;

/** Open the WebSocket that *request* asks for, wait for what is said first, and close it. */
export async function openSocket(request: Request): Promise<{ status: number; reason: string }> {
  const { status, webSocket } = await fetch(request);
  if (webSocket === null) return { status, reason: `status ${status}, no WebSocket` };
  webSocket.accept();
  try {
    return { status, reason: await firstWord(webSocket) };
  } finally {
    webSocket.close(NORMAL, "checked");
  }
}

/** Empty once something was said; else why nothing was. Whoever waits says how long. */
function firstWord(socket: WebSocket): Promise<string> {
  return new Promise((resolve) => {
    socket.addEventListener("message", () => {
      resolve("");
    });
    socket.addEventListener("close", ({ code }) => {
      resolve(`closed with ${code} before anything was said`);
    });
  });
}
