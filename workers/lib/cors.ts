const METHODS = "GET, HEAD, PUT, POST, PATCH, DELETE";
const MAX_AGE_SECONDS = 3600;

/**
 * CORS headers of every answer: who may read it, and that `ETag` may be read.
 *
 * @param allowed Origins that may, separated by commas. Empty: none.
 * @param origin The caller's `Origin` header.
 */
export function corsHeaders(allowed: string, origin: string | null): Record<string, string> {
  const origins = allowed.split(",").map((each) => each.trim()).filter(Boolean);
  const granted = origins.find((each) => each === origin) ?? origins[0];
  if (granted === undefined) return {};
  return {
    "Access-Control-Allow-Origin": granted,
    "Access-Control-Expose-Headers": "ETag",
    Vary: "Origin",
  };
}

/** The answer to a preflight, but for the headers that every answer has. */
export function preflight(): Response {
  const headers = {
    "Access-Control-Allow-Methods": METHODS,
    // The wildcard does not stand for Authorization: browsers want it by name.
    "Access-Control-Allow-Headers": "*, Authorization",
    "Access-Control-Max-Age": String(MAX_AGE_SECONDS),
  };
  return new Response(null, { status: 204, headers });
}

/** Whether *request* asks what it may do, instead of doing it. */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" && request.headers.has("Access-Control-Request-Method")
  );
}
