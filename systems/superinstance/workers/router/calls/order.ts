import type { Principal } from "#lib/bearer";
import { sha256Hex } from "#lib/hash";
import { callerOf } from "../principal";
import type { KeptAnswer } from "./model";
import type { Order } from "./call";

/** Return the order of *asked* at *path*. Without a *requestId* it has one of its own, which nobody can ask for again. */
export async function orderOf(principal: Principal, path: string, asked: object, requestId?: string): Promise<Order> {
  return {
    requestId: requestId ?? `own-${crypto.randomUUID()}`,
    isRepeatable: requestId !== undefined,
    fingerprint: await sha256Hex(`${path}\n${JSON.stringify(asked)}`),
    caller: callerOf(principal),
    key: principal.tokenId,
  };
}

/** Answer as it was answered before. */
export function again({ contentType, body }: KeptAnswer): Response {
  return new Response(body, { headers: { "Content-Type": contentType, "Idempotent-Replayed": "true" } });
}
