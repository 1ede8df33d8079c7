import type { Principal } from "#lib/bearer";
import { sha256Hex } from "#lib/hash";
import { callerOf } from "../principal";
import type { KeptAnswer } from "./model";
import type { Order } from "./call";

/** Return the order of *asked* at *path*. Without a *requestId* it has one of its own, which nobody can ask for again. */
export async function orderOf(principal: Principal, path: string, asked: object, requestId?: string): Promise<Order> {
  const caller = callerOf(principal);
  const key = principal.tokenId;
  if (requestId === undefined) return { requestId: `own-${crypto.randomUUID()}`, fingerprint: null, caller, key };
  return { requestId, fingerprint: await sha256Hex(`${path}\n${JSON.stringify(asked)}`), caller, key };
}

/** Answer as it was answered before. */
export function again({ contentType, body }: KeptAnswer): Response {
  return new Response(body, { headers: { "Content-Type": contentType, "Idempotent-Replayed": "true" } });
}
