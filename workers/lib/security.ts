import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";

const METHODS = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"];
const MAX_AGE_SECONDS = 3600;

/** Set what every answer of a platform host carries (FW-5). The hosts answer data, never pages. */
export function securityHeaders(): MiddlewareHandler {
  return secureHeaders({
    strictTransportSecurity: "max-age=31536000; includeSubDomains",
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      sandbox: [],
    },
    xFrameOptions: "DENY",
    permissionsPolicy: { camera: [], geolocation: [], microphone: [], payment: [], usb: [] },
  });
}

/**
 * Say in every answer who may read it, and answer preflights (CC-7).
 *
 * It sets headers before the handler runs, so Hono copies what the handler answers. Without that an
 * answer whose own headers are fixed, as that of an accepted WebSocket, would take none.
 *
 * @param allowedOf Returns the origins that may, separated by commas. Empty: none.
 */
export function crossOrigin<Env extends object>(
  allowedOf: (env: Env) => string,
): MiddlewareHandler<{ Bindings: Env }> {
  const answer = cors({
    origin: (origin, c) => grantedOrigin(allowedOf(c.env as Env), origin),
    allowMethods: METHODS,
    // The wildcard does not stand for Authorization: browsers want it by name.
    allowHeaders: ["*", "Authorization"],
    exposeHeaders: ["ETag"],
    maxAge: MAX_AGE_SECONDS,
  });
  // Any other OPTIONS is a method like the rest, which no address takes.
  return (c, next) => (c.req.method === "OPTIONS" && !isPreflight(c.req.raw) ? next() : answer(c, next));
}

/** Return *origin* if it is one of *allowed*, else the first of them, which tells everybody who may. */
function grantedOrigin(allowed: string, origin: string): string | undefined {
  const origins = allowed.split(",").map((each) => each.trim()).filter(Boolean);
  return origins.find((each) => each === origin) ?? origins[0];
}

function isPreflight(request: Request): boolean {
  return request.headers.has("Access-Control-Request-Method");
}
