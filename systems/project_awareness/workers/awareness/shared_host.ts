/** Where the worker answers below a host that others share: a zone's route leads here. */
const SHARED = "/project-awareness";

/** *request* as if it had come to the worker's own host. */
export function asOwn(request: Request): Request {
  const url = new URL(request.url);
  if (!url.pathname.startsWith(`${SHARED}/`)) return request;
  url.pathname = url.pathname.slice(SHARED.length);
  return new Request(url, request);
}
