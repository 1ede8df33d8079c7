/** Where the worker answers below a host that others share: a zone's route leads here. */
const SHARED = "/project-awareness";
const SWITCHING = 101;

/**
 * Answer *request* by *answer*, which knows the worker's own host alone: it is asked as if the request had come there,
 * and the paths that it names are made those of the host that was asked.
 */
export async function onAnyHost(request: Request, answer: (own: Request) => Promise<Response> | Response): Promise<Response> {
  const url = new URL(request.url);
  if (!url.pathname.startsWith(`${SHARED}/`)) return answer(request);
  url.pathname = url.pathname.slice(SHARED.length);
  return asShared(await answer(new Request(url, request)));
}

/** A browser follows `Location`, and sends a cookie back, by the path it sees itself. */
function asShared(response: Response): Response {
  // An answer that opens a WebSocket names none, and cannot be made anew.
  if (response.status === SWITCHING) return response;
  const headers = new Headers();
  for (const [name, value] of response.headers) headers.append(name, named(name.toLowerCase(), value));
  return new Response(response.body, { status: response.status, headers });
}

function named(header: string, value: string): string {
  if (header === "location" && value.startsWith("/")) return `${SHARED}${value}`;
  return header === "set-cookie" ? value.replace("; Path=/", `; Path=${SHARED}/`) : value;
}
