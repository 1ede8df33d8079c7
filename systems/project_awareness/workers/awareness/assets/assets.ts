import { sha256Hex } from "#lib/hash";

/** A file that never changes under its name. */
export interface Asset {
  name: string;
  contentType: string;
  text: string;
}

const SCRIPT = `// Follows the projects of one owner over the WebSocket of Project Awareness, and comes back when it is cut.
export function follow(address, token, onEvent) {
  let last = 0;
  let wait = 1000;
  let isOver = false;
  let socket;
  const open = () => {
    socket = new WebSocket(address, ["chittyos", "bearer." + token]);
    const alive = setInterval(() => socket.readyState === 1 && socket.send("ping"), 60000);
    socket.onmessage = ({ data }) => {
      if (data === "pong") return;
      const message = JSON.parse(data);
      if (message.type === "welcome") {
        wait = 1000;
        if (last > 0) socket.send(JSON.stringify({ type: "since", sequence: last }));
        else last = message.sequence;
      } else if (message.type === "sync" && message.sequence > last) {
        last = message.sequence;
        onEvent(message);
      }
    };
    socket.onclose = () => {
      clearInterval(alive);
      // Not all at once when everybody was cut.
      if (!isOver) setTimeout(open, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, 60000);
    };
  };
  open();
  return () => { isOver = true; socket.close(1000); };
}
`;

let made: Promise<Asset[]> | undefined;

/** The files under `/static`: the hash of their content is part of their names. */
export function assets(): Promise<Asset[]> {
  made ??= Promise.all([named("project-awareness", "js", "text/javascript; charset=utf-8", SCRIPT)]);
  return made;
}

async function named(name: string, extension: string, contentType: string, text: string): Promise<Asset> {
  const hash = (await sha256Hex(text)).slice(0, 16);
  return { name: `${name}.${hash}.${extension}`, contentType, text };
}
